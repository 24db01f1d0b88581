"""Transcribe one piece of a long recording under a lease of its own; for the coordinator and for assistants."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import msgspec

from ..platform import logs, temporary
from ..platform.domain import chunks as cutting
from ..platform.domain.transcript import Segment
from ..platform.engines.protocol import Engine, Request, Transcription
from ..platform.errors import StageFailed, TimeLimitReached, Unavailable
from ..platform.media import pieces
from ..platform.services import chunks, silences
from ..platform.services.chunks import Chunk
from . import engine_fault, leases
from .patience import patiently
from .report import Report

log = logs.get("worker")

Engines = Callable[[str], Engine]


class OtherModel(StageFailed):
    """This worker would transcribe the rest with another model than the beginning."""

    hint = "Give all workers the same models and settings; the step begins anew."


async def do(chunk: Chunk, report: Report, engines: Engines) -> bool:
    """Transcribe and store the piece; False where it was lost to another worker or its job is over.

    Whatever is raised, the piece is free for others then.

    Raises:
        TimeLimitReached: it took too long.
        OtherModel: what was heard does not fit the first piece.
        ReelscribeError: as the engine says.
    """
    log.info("piece_started", job_id=str(chunk.job_id), piece=chunk.position, engine=chunk.engine)
    told = _Told(chunk, report)
    task = asyncio.ensure_future(_heard(chunk, told, engines))
    keeper = asyncio.create_task(_keep(chunk, told, task))
    try:
        text = await _in_time(chunk, task)
        return await patiently(lambda: chunks.store(chunk, text))
    except asyncio.CancelledError:
        if not _was_lost(keeper):
            raise
        return False
    finally:
        await leases.end(keeper)
        with contextlib.suppress(Unavailable):  # its lease runs out by itself
            await chunks.give_back(chunk)


def _was_lost(keeper: asyncio.Task[None]) -> bool:
    """Whether the keeper cancelled the work, and not somebody else this task."""
    me = asyncio.current_task()
    return keeper.done() and me is not None and not me.cancelling()


async def _in_time(chunk: Chunk, task: asyncio.Task[Transcription]) -> Transcription:
    limit = asyncio.timeout(chunk.time_limit.total_seconds())
    try:
        async with limit:
            return await task
    except TimeoutError as exc:
        if limit.expired():
            hint = "Try a smaller model, or ask your administrator."
            raise TimeLimitReached(hint=hint, engine=chunk.engine) from exc
        raise


async def _heard(chunk: Chunk, told: _Told, engines: Engines) -> Transcription:
    with temporary.folder() as folder:
        path = folder / "piece.wav"
        await pieces.cut(chunk.audio_key, chunk.span, path)
        request = Request(
            audio=path,
            duration=chunk.span.length,
            language=chunk.language,
            model=chunk.model,
            offset=chunk.start,
            begun_with=chunk.made_by[1] if chunk.made_by else None,
            hotwords=chunk.options.hotwords,
            prompt=chunk.options.prompt,
            silences=cutting.silences_in(await silences.of(chunk.media_id), chunk.span),
        )
        with engine_fault.of(chunk.engine):
            text = await engines(chunk.engine).transcribe(request, told)
    if chunk.made_by not in (None, (text.engine, text.model)):
        raise OtherModel(f"This worker has {text.engine} {text.model}, the first part was made by {chunk.made_by}")
    return msgspec.structs.replace(text, segments=told.placed(text.segments))


class _Told:
    """What the engine reports of its piece, as a part of the whole; implements the engines' ``Reporter``."""

    def __init__(self, chunk: Chunk, report: Report) -> None:
        self._chunk = chunk
        self._report = report
        self._fraction = 0.0
        self.done_seconds = chunk.done_seconds

    def placed(self, segments: Sequence[Segment]) -> tuple[Segment, ...]:
        """Return the segments where they belong in the file, with ids that no other piece has."""
        return cutting.shifted(segments, by=self._chunk.start, prefix=f"c{self._chunk.position + 1}")

    async def progress(self, fraction: float) -> None:
        """Note how much of the piece is done."""
        self._fraction = max(self._fraction, min(fraction, 1.0))
        done = self.done_seconds + self._fraction * self._chunk.span.length
        await self._report.progress(done / self._chunk.total_seconds)

    async def partial(self, segments: Sequence[Segment]) -> None:
        """Pass finished segments on at once."""
        await self._report.partial(self.placed(segments))


async def _keep(chunk: Chunk, told: _Told, task: asyncio.Task[Transcription]) -> None:
    """Renew the lease until told to end; cancel the work once somebody else or nobody wants the piece.

    While PostgreSQL is away the work goes on: nobody else can take the piece then.
    """
    while True:
        try:
            done_seconds = await chunks.renew(chunk, lease=leases.length())
        except Unavailable as exc:
            log.warning("lease_not_renewed", piece=str(chunk.id), error=str(exc))
        else:
            if done_seconds is None:
                task.cancel()
                return
            told.done_seconds = done_seconds
            await told.progress(0.0)
        await asyncio.sleep(leases.beat().total_seconds())
