"""What all engines that work in a child process share: from its events to the protocol's values."""

from __future__ import annotations

import importlib.util

from ..domain.transcript import Segment
from . import messages
from .pool import Pool
from .protocol import Diarization, Reporter, Request, Transcription


async def transcribe(pool: Pool, order: messages.Open, request: Request, report: Reporter) -> Transcription:
    """Transcribe by a child that is ``order``.

    Raises:
        EngineFailed, EngineUnavailable, BadMedia: as the child says, or it died.
    """
    segments: list[Segment] = []

    async def handle(event: messages.Event) -> None:
        if isinstance(event, messages.Heard):
            segments.extend(event.segments)
            await report.partial(event.segments)
        elif isinstance(event, messages.Progressed):
            await report.progress(event.fraction)

    command = messages.Transcribe(
        audio=str(request.audio.absolute()),
        duration=request.duration,
        language=request.language,
        offset=request.offset,
        hotwords=request.hotwords,
        prompt=request.prompt,
    )
    done = await pool.transcribe(order, command, handle)
    return Transcription(
        engine=order.engine,
        model=done.model,
        language=done.language,
        segments=tuple(segments),
        warnings=done.warnings,
    )


async def diarize(pool: Pool, request: Request, report: Reporter) -> Diarization:
    """Tell speakers apart in a child; which engine it is does not matter.

    Raises:
        EngineFailed, EngineUnavailable, BadMedia: as the child says, or it died.
    """

    async def handle(event: messages.Event) -> None:
        if isinstance(event, messages.Progressed):
            await report.progress(event.fraction)

    command = messages.Diarize(
        audio=str(request.audio.absolute()),
        min_speakers=request.min_speakers,
        max_speakers=request.max_speakers,
        light=True,
    )
    return Diarization(turns=(await pool.diarize(None, command, handle)).turns)


async def detect(pool: Pool, order: messages.Open, request: Request) -> str | None:
    """Find out the language by a child that is ``order``; errors as of ``transcribe``."""

    async def handle(_: messages.Event) -> None:
        """Nobody waits for the progress of something so short."""

    command = messages.Detect(audio=str(request.audio.absolute()), duration=request.duration)
    return (await pool.detect(order, command, handle)).language


def can_diarize() -> bool:
    """Tell whether the light diarization is installed, without importing it."""
    return all(importlib.util.find_spec(name) for name in (f"{__package__}.diarization", "onnxruntime"))
