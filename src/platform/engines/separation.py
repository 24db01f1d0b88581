"""Who speaks when, by WhisperX's pyannote, and by our own small models where that cannot be had.

Speakers are worth more than the model that finds them: whatever stands against pyannote is a warning that names the
reason and what to do, and our own diarization, which is always there, does the work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..domain.transcript import Segment
from ..errors import EngineFailed, EngineUnavailable
from ..settings import Settings
from . import access, by_child, messages
from .faster_whisper import cores
from .pool import Pool
from .protocol import Diarization, Reporter, Request, Warned

_CONFIG = "config.yaml"


@dataclass(frozen=True, kw_only=True)
class Separator:
    """The pipeline called ``name``: in ``folder``, or in that cache once ``repository`` has been downloaded there."""

    name: str
    folder: Path
    repository: str = ""


async def diarize(
    pool: Pool, settings: Settings, request: Request, report: Reporter, *, environ: Mapping[str, str]
) -> Diarization:
    """Tell the speakers in the recording of ``request`` apart.

    1. Ask whether the pipeline can be had, before a process is started for it.
    2. Let pyannote work; ``min_speakers`` and ``max_speakers`` go to its clustering, equal ones as the exact number.
    3. Where it cannot be had, fails or runs out of memory, our own models do it, with a warning ``light_diarization``.

    Raises:
        EngineFailed, EngineUnavailable: our own models failed as well.
        BadMedia: the audio file is not as the protocol says.
    """
    rising = _Rising(report)
    try:
        found = await _by_pyannote(pool, settings, request, rising, environ=environ)
    except (EngineUnavailable, EngineFailed) as exc:
        found = await by_child.diarize(pool, request, rising)
        found = msgspec.structs.replace(found, warnings=(*found.warnings, _warning(exc)))
    fewer = _fewer(found, request)
    return msgspec.structs.replace(found, warnings=(*found.warnings, fewer)) if fewer else found


def chosen(settings: Settings) -> Separator:
    """Return the pipeline that the settings name: a folder, a copy in MODEL_DIR, or a repository of the hub."""
    name, root = settings.whisperx_diarization, settings.model_path
    path = Path(name).expanduser()
    if path.is_absolute() or name.startswith((".", "~")) or path.is_dir():
        return Separator(name=path.name, folder=path)
    copy = root / name.replace("/", "--")
    if copy.is_dir() or "/" not in name:
        return Separator(name=name, folder=copy)
    return Separator(name=name, folder=root / "pyannote", repository=name)


async def refusal(separator: Separator, *, environ: Mapping[str, str]) -> EngineUnavailable | None:
    """Return why ``separator`` cannot be had, None where it is here or can be downloaded; answers within seconds."""
    if not separator.repository:
        if (separator.folder / _CONFIG).is_file():
            return None
        return EngineUnavailable(
            f"There is no {_CONFIG} of pyannote in the folder {separator.folder.name!r}.",
            hint="An administrator can correct REELSCRIBE_WHISPERX_DIARIZATION.",
            cause="model",
        )
    if access.is_cached(separator.folder, separator.repository, _CONFIG):
        return None
    denied = await access.denial(separator.repository, _CONFIG, environ=environ)
    if denied is None:
        return None
    return EngineUnavailable(
        f"The speaker model {separator.name} cannot be downloaded: {denied.reason}",
        hint=_consent(separator.repository) if denied.gated else _copy(separator),
        cause="hub",
    )


async def _by_pyannote(
    pool: Pool, settings: Settings, request: Request, report: Reporter, *, environ: Mapping[str, str]
) -> Diarization:
    separator = chosen(settings)
    refused = await refusal(separator, environ=environ)
    if refused is not None:
        raise refused

    async def handle(event: messages.Event) -> None:
        if isinstance(event, messages.Progressed):
            await report.progress(event.fraction)

    command = messages.Diarize(
        audio=str(request.audio.absolute()),
        min_speakers=request.min_speakers,
        max_speakers=request.max_speakers,
    )
    return Diarization(turns=(await pool.diarize(_order(separator, settings), command, handle)).turns)


def _order(separator: Separator, settings: Settings) -> messages.Open:
    return messages.Open(
        engine="pyannote",
        model=separator.name,
        folder=str(separator.folder.absolute()),
        repository=separator.repository,
        threads=settings.engine_threads or cores(),
        device=settings.engine_device,
    )


def _warning(exc: EngineUnavailable | EngineFailed) -> Warned:
    gated = exc.facts.get("gated")
    hint = _consent(str(gated)) if gated else exc.hint
    if exc.facts.get("cause") == "out_of_memory":
        hint = "Give the machine more memory, or cut the recording into shorter ones."
    message = f"The speakers were told apart by the small built-in models, less exactly: {exc.message} {hint}"
    return Warned(code="light_diarization", message=message.strip())


def _fewer(found: Diarization, request: Request) -> Warned | None:
    people = len({turn.speaker for turn in found.turns})
    if not people or people >= (request.min_speakers or 0):
        return None
    message = f"Only {people} of at least {request.min_speakers} speakers could be told apart."
    return Warned(code="fewer_speakers", message=message)


def _consent(repository: str) -> str:
    return (
        f"Accept its terms at {access.page(repository)}, then an administrator sets REELSCRIBE_HF_TOKEN "
        "to a token of that account."
    )


def _copy(separator: Separator) -> str:
    return (
        "An administrator can connect this server to the model hub, or copy the model to "
        f"{separator.name.replace('/', '--')!r} in the folder of REELSCRIBE_MODEL_DIR."
    )


class _Rising:
    """Keeps progress from falling when our own models begin again."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self._fraction = -1.0

    async def progress(self, fraction: float) -> None:
        """Pass ``fraction`` on if it is more than before."""
        if fraction > self._fraction:
            self._fraction = fraction
            await self._report.progress(fraction)

    async def partial(self, segments: Sequence[Segment]) -> None:
        """Pass finished segments on; there are none."""
        await self._report.partial(segments)
