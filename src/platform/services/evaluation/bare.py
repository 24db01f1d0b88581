"""An engine without the platform around it: one whole recording at a time, in the steps of the stages."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from ... import temporary
from ...domain import evaluation
from ...domain.evaluation import Heard
from ...domain.features import Features, SpeechUnderstanding
from ...domain.transcript import Segment, Turn
from ...engines.protocol import Diarization, Engine, Request, Transcription
from ...errors import NotFound
from .. import transcripts
from .manifest import Recording

_LABELS = Features(speech_understanding=SpeechUnderstanding(speaker_labels=True))


class Decode(Protocol):
    """Write the sound of a recording as mono 16 kHz WAV, as the first stage does; returns its length in seconds."""

    def __call__(self, source: Path, target: Path, /) -> Awaitable[float]: ...


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured: the words, who speaks, or both; ``model`` None for the engine's usual one."""

    words: bool = True
    speakers: bool = True
    model: str | None = None


class _Report:
    """Passes on how far the engine is with one step."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell

    async def progress(self, fraction: float) -> None:
        """Pass ``fraction`` on."""
        self._tell(fraction)

    async def partial(self, segments: Sequence[Segment]) -> None:
        """Nobody reads along."""


async def hear(
    engine: Engine, recording: Recording, wanted: Wanted, *, decode: Decode, tell: Callable[[float], None]
) -> Heard:
    """Let ``engine`` work on the recording; ``tell`` gets 0 to 1 for each step.

    1. Decode the sound, as the ingest stage does; its time does not count.
    2. Transcribe and align, where words are wanted.
    3. Tell speakers apart, where that is wanted and the recording has a reference for it.

    Raises:
        ReelscribeError: any of them failed.
    """
    if not recording.path.is_file():
        raise NotFound(f"{recording.path} is not there")
    with temporary.folder() as folder:
        seconds = await decode(recording.path, folder / "audio.wav")
        request = Request(audio=folder / "audio.wav", duration=seconds, language=recording.language, model=wanted.model)
        speakers = wanted.speakers and recording.has_turns
        return await _work(engine, request, words=wanted.words, speakers=speakers, report=_Report(tell))


async def _work(engine: Engine, request: Request, *, words: bool, speakers: bool, report: _Report) -> Heard:
    offers, started = engine.capabilities(), time.perf_counter()
    labels, separates = speakers and offers.labels_speakers, speakers and offers.diarizes
    text = turns = None
    if words or labels:
        if labels:
            request = msgspec.structs.replace(request, is_dialogue=True, features=_LABELS)
        text = await engine.align(request, await engine.transcribe(request, report), report)
    if separates:
        turns = (await engine.diarize(request, report)).turns
    return Heard(
        model=text.model if text is not None else "",
        seconds=request.duration,
        took=time.perf_counter() - started,
        language=text.language if text is not None else request.language,
        text=" ".join(segment.text for segment in text.segments) if text is not None and words else None,
        turns=turns,
        said=_said(text, turns, request.duration) if text is not None and (labels or separates) else None,
    )


def _said(text: Transcription, turns: tuple[Turn, ...] | None, seconds: float) -> tuple[Turn, ...]:
    """Return who speaks by the transcript that the platform would make of it."""
    made = transcripts.assembled(text, Diarization(turns=turns or ()), duration=seconds)
    return evaluation.transcript_turns(made.segments)
