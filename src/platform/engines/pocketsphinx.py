"""pocketsphinx in a child process: English only, rough, but there on every machine."""

from __future__ import annotations

import importlib.util

import msgspec

from ..errors import EngineUnavailable
from . import by_child, languages
from .messages import Open
from .pool import Pool
from .protocol import Capabilities, Diarization, Reporter, Request, Transcription, Warned

MODEL = "en-us"

_REMEDY = (
    "Put a Whisper model into REELSCRIBE_MODEL_DIR, or connect this machine to the model hub, "
    "and use the engine 'faster-whisper'."
)


class PocketSphinx:
    """The engine; its one model comes in its wheel."""

    name = "pocketsphinx"

    def __init__(self, pool: Pool) -> None:
        """Work in the processes of ``pool``."""
        self._pool = pool

    def capabilities(self) -> Capabilities:
        """Return what it can do."""
        return Capabilities(
            languages=languages.ENGLISH, word_times=True, diarizes=by_child.can_diarize(), in_pieces=True, is_rough=True
        )

    def refusal(self) -> EngineUnavailable | None:
        """Return that its wheel is missing, which not every Python has."""
        if importlib.util.find_spec("pocketsphinx"):
            return None
        return EngineUnavailable("PocketSphinx is not installed here.", hint="Use another engine.")

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Turn English speech into words without punctuation; half of them may be wrong.

        Raises:
            EngineUnavailable: the request is for another language or model, or the wheel is missing.
            EngineFailed: the child died or its library failed.
            BadMedia: the audio file is not as the protocol says.
        """
        _expect(request)
        order = Open(engine=self.name, model=MODEL)
        transcription = await by_child.transcribe(self._pool, order, request, report)
        return transcription if request.language else _with_assumption(transcription)

    async def align(
        self,
        request: Request,  # noqa: ARG002 the protocol's signature
        transcription: Transcription,
        report: Reporter,
    ) -> Transcription:
        """Return the input: its words have their times already."""
        await report.progress(1.0)
        return transcription

    async def diarize(self, request: Request, report: Reporter) -> Diarization:
        """Tell speakers apart."""
        return await by_child.diarize(self._pool, request, report)

    async def detect(self, request: Request) -> str | None:  # noqa: ARG002 the protocol's signature
        """Say nothing: it knows English only."""
        return None

    async def close(self) -> None:
        """End all child processes."""
        await self._pool.close()


def _with_assumption(transcription: Transcription) -> Transcription:
    message = "The language was not given; pocketsphinx cannot detect it and took it for English."
    warned = Warned(code="language_assumed", message=message)
    return msgspec.structs.replace(transcription, warnings=(*transcription.warnings, warned))


def _expect(request: Request) -> None:
    if languages.base(request.language) not in (None, "en"):
        raise EngineUnavailable(
            f"The engine pocketsphinx understands English only, not {request.language!r}.",
            hint=_REMEDY,
            cause="language",
        )
    if request.model not in (None, MODEL):
        raise EngineUnavailable(
            f"The engine pocketsphinx has one model, {MODEL}, not {request.model[:80]!r}.",
            hint=_REMEDY,
            cause="unknown_model",
        )
    if importlib.util.find_spec("pocketsphinx") is None:
        raise EngineUnavailable("pocketsphinx is not installed.", hint="Install it with: pip install pocketsphinx")
