"""Times for the words of a text that an engine has written already, by WhisperX's aligner.

A text is worth more than the times of its words: whatever stands against an aligner that a retry would not mend
leaves the text as it is, with words spread over their segments by a guess and a warning that says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ..domain import languages
from ..domain.timeline import Span
from ..domain.transcript import Segment, Word
from ..errors import EngineFailed, EngineUnavailable
from ..settings import Settings
from . import aligners, messages, words
from .faster_whisper import cores
from .languages import base
from .pool import Pool
from .protocol import Reporter, Request, Transcription, Warned

_GUESS = "The times of its words are guessed."


async def align(
    pool: Pool,
    settings: Settings,
    request: Request,
    transcription: Transcription,
    report: Reporter,
    *,
    environ: Mapping[str, str],
) -> Transcription:
    """Give each word its time; blocks of several sentences are cut into phrases, the text stays the same.

    1. The aligner of the language works in a process of its own; segments without text or with words are left alone.
    2. Where it finds nothing, or cannot be had, words are spread over what of their segment is not silent.
       They have no confidence, and a warning ``words_not_aligned`` says so.

    Raises:
        EngineFailed: the child died or its library failed; a retry may help.
        BadMedia: the audio file is not as the protocol says.
    """
    language = base(transcription.language or request.language)
    wanted = tuple(part for part in transcription.segments if part.text.strip() and not part.words)
    if not wanted:
        await report.progress(1.0)
        return transcription
    reason: EngineUnavailable | EngineFailed | None = None
    found: dict[str, tuple[Word, ...]] = {}
    try:
        order = await _order(language, settings, environ)
        found = await _found(pool, order, request, wanted, report)
    except EngineUnavailable as exc:
        reason = exc
    except EngineFailed as exc:
        if exc.facts.get("cause") != "out_of_memory":
            raise
        reason = exc
    await report.progress(1.0)
    return _finished(transcription, found, request.silences, language, _warning(wanted, found, reason))


async def _order(language: str | None, settings: Settings, environ: Mapping[str, str]) -> messages.Open:
    if language is None:
        raise EngineUnavailable("The language is not known.", hint="Choose the language and try again.")
    aligner = aligners.chosen(language, settings.model_path)
    refusal = await aligners.refusal(aligner, environ=environ)
    if refusal is not None:
        raise refusal
    return messages.Open(
        engine="wav2vec2",
        model=language,
        folder=str(aligner.folder.absolute()),
        repository=aligner.repository,
        threads=settings.engine_threads or cores(),
        device=settings.engine_device,
    )


async def _found(
    pool: Pool, order: messages.Open, request: Request, segments: Sequence[Segment], report: Reporter
) -> dict[str, tuple[Word, ...]]:
    found: dict[str, tuple[Word, ...]] = {}

    async def handle(event: messages.Event) -> None:
        if isinstance(event, messages.Heard):
            found.update((segment.id, segment.words) for segment in event.segments)
        elif isinstance(event, messages.Progressed):
            await report.progress(event.fraction)

    command = messages.Align(
        audio=str(request.audio.absolute()),
        duration=request.duration,
        language=order.model,
        segments=tuple(segments),
    )
    await pool.align(order, command, handle)
    return found


def _finished(
    transcription: Transcription,
    found: Mapping[str, tuple[Word, ...]],
    silences: Sequence[Span],
    language: str | None,
    warning: Warned | None,
) -> Transcription:
    spaced = not languages.is_unspaced(language)
    done: list[Segment] = []
    for segment in transcription.segments:
        if segment.words or not segment.text.strip():
            done.append(segment)
            continue
        placed = found.get(segment.id) or words.guessed(segment, silences, spaced=spaced)
        done.extend(words.cut(msgspec.structs.replace(segment, words=placed), spaced=spaced))
    told = (*transcription.warnings, warning) if warning else transcription.warnings
    return msgspec.structs.replace(transcription, segments=tuple(done), warnings=told)


def _warning(
    wanted: Sequence[Segment], found: Mapping[str, tuple[Word, ...]], reason: EngineUnavailable | EngineFailed | None
) -> Warned | None:
    if reason is not None:
        message = f"The words were not aligned with the sound: {reason.message} {_GUESS} {reason.hint}"
        return Warned(code="words_not_aligned", message=message.strip())
    lost = [segment for segment in wanted if not found.get(segment.id)]
    if not lost:
        return None
    message = f"{len(lost)} of {len(wanted)} passages were not found in the sound, the first at {lost[0].start:.0f} s."
    return Warned(code="words_not_aligned", message=f"{message} The times of their words are guessed.")
