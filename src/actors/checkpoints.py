"""What each stage leaves for the next ones, as it lies in ``stages.result``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TypeVar

import msgspec

from ..platform.domain.insights import Insights
from ..platform.domain.lifecycle import StageName
from ..platform.domain.timeline import Span
from ..platform.domain.transcript import Transcript
from ..platform.engines.protocol import Analysis, Diarization, Request, Transcription
from ..platform.errors import StageFailed
from ..platform.services import silences, transcripts
from ..platform.services.stages import Claimed

T = TypeVar("T")


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """The sound track as the engines take it; ``duration_seconds`` is what could really be decoded.

    ``soundings_key`` names what was seen on the way (``media.soundings``); jobs of older versions and texts have none.
    """

    audio_key: str
    duration_seconds: float
    soundings_key: str | None = None


class Silences(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the recording is silent, in seconds, and how loud the whole is.

    ``pauses``: where one may cut, (start, end) in seconds, sorted, at least 0.12 s each; a silence may be longer
    than the pause in it. ``loudness_lufs`` is the integrated loudness of the mono sound track, None where nothing is
    heard. Jobs of older versions have neither.
    """

    count: int
    total_seconds: float
    pauses: tuple[tuple[float, float], ...] = ()
    loudness_lufs: float | None = None


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """Which version of the transcript was stored."""

    version: int


def ingested(stage: Claimed) -> Ingested:
    """Return the checkpoint of ``ingest``."""
    return _needed(stage, StageName.INGEST, Ingested)


def pauses(stage: Claimed) -> tuple[Span, ...]:
    """Return where one may cut, 0.12 s or more each, sorted; nothing for a job of an older version."""
    if StageName.SILENCE not in stage.results:
        return ()
    return tuple(Span(start, end) for start, end in _needed(stage, StageName.SILENCE, Silences).pauses)


def transcription(stage: Claimed) -> Transcription:
    """Return the text, with aligned words where that stage did its work."""
    name = StageName.ALIGN if StageName.ALIGN in stage.results else StageName.TRANSCRIBE
    return _needed(stage, name, Transcription)


def diarization(stage: Claimed) -> Diarization:
    """Return who speaks when; nobody where that stage was skipped or failed."""
    if StageName.DIARIZE not in stage.results:
        return Diarization(turns=())
    return _needed(stage, StageName.DIARIZE, Diarization)


def analysis(stage: Claimed) -> Analysis:
    """Return what was read out of the text; nothing where that stage was skipped, failed, or never was."""
    if StageName.ANALYSE not in stage.results:
        return Analysis(analyst="", model="", insights=Insights(), features_done=())
    return _needed(stage, StageName.ANALYSE, Analysis)


def assembled(stage: Claimed) -> Transcript:
    """Return the transcript of all that the earlier stages found; takes seconds for a day of speech."""
    return transcripts.assembled(
        transcription(stage),
        diarization(stage),
        duration=ingested(stage).duration_seconds,
        analysis=analysis(stage),
    )


async def newest_text(stage: Claimed) -> Transcript:
    """Return the newest version of the transcript, edits included; before there is one, what it will be."""
    stored = await transcripts.newest(stage.job_id) if StageName.DELIVER in stage.results else None
    if stored is not None:
        return stored
    return await asyncio.to_thread(assembled, stage)


async def request(stage: Claimed, audio: Path) -> Request:
    """Return the engine's request for this job on the file at ``audio``."""
    return Request(
        audio=audio,
        duration=ingested(stage).duration_seconds,
        language=stage.language,
        model=stage.model,
        min_speakers=stage.min_speakers,
        max_speakers=stage.max_speakers,
        is_text=stage.media_kind == "text",
        is_dialogue=stage.mode == "dialogue",
        hotwords=stage.options.hotwords,
        prompt=stage.options.prompt,
        features=stage.wanted,
        silences=tuple(await silences.of(stage.media_id)),
    )


def _needed(stage: Claimed, name: StageName, kind: type[T]) -> T:
    raw = stage.results.get(name)
    if raw is None:
        raise StageFailed(f"The result of the step '{name}' is missing", hint="Retry the job from the start.")
    return msgspec.json.decode(raw, type=kind)
