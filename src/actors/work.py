"""Do one stage: claim it, work while a heartbeat keeps the lease, report exactly one outcome.

1. Claim the stage, or go home: the message is old, or another worker was first.
2. Work in a task of its own; beside it the heartbeat renews the lease and passes on the progress.
3. A lost lease (cancelled, or taken by a rescue), a time limit or a stopping worker cancels the work,
   which ends its child processes before it returns.
4. Report: finished, failed, or given back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from ..platform import logs
from ..platform.errors import LostLease, TimeLimitReached, Unavailable, WorkerStopping
from ..platform.services import failure, stages
from ..platform.services.stages import Claimed, Finished
from ..platform.settings import current
from . import identity
from .report import Report

log = logs.get("worker")

# How often, a second apart, an outcome is tried to be written.
_PATIENCE_SECONDS = 60

Work = Callable[[Claimed, Report], Awaitable[Finished]]

# A stage may run twice for a moment: cancelled and retried before its first work has ended.
_running: set[asyncio.Task[Finished]] = set()
_stopping = False


async def perform(stage_id: UUID, message_id: UUID, work: Work) -> None:
    """Run one delivery of a stage from claim to outcome; raises only what makes a second delivery sensible."""
    stage = await stages.claim(stage_id, message_id, worker=identity.NAME, lease=_lease())
    if stage is None:
        return
    log.info("stage_started", job_id=str(stage.job_id), stage=stage.name, attempt=stage.attempt)
    report = Report(stage)
    task = asyncio.ensure_future(work(stage, report))
    _running.add(task)
    heartbeat = asyncio.create_task(_beat(stage, report, task))
    try:
        await _to_outcome(stage, task)
    except LostLease:
        log.info("stage_lost", job_id=str(stage.job_id), stage=stage.name)
    finally:
        await _end(heartbeat)
        _running.discard(task)


async def stop_all() -> None:
    """Interrupt every running stage, so that other workers take them at once."""
    global _stopping  # noqa: PLW0603 - one worker per process
    _stopping = True
    for task in _running:
        task.cancel()
    await asyncio.gather(*_running, return_exceptions=True)


async def _to_outcome(stage: Claimed, task: asyncio.Task[Finished]) -> None:
    try:
        done = await _result(stage, task)
        await _persist(lambda: stages.finish(stage, done))
    except WorkerStopping:
        await stages.release(stage)
    except LostLease:
        raise
    except Exception as exc:  # the boundary: work or a result that cannot be stored becomes a failed attempt
        log.warning("stage_failed", job_id=str(stage.job_id), stage=stage.name, error=repr(exc), exc_info=exc)
        failed = failure.of(exc)
        await _persist(lambda: stages.fail(stage, failed))


async def _result(stage: Claimed, task: asyncio.Task[Finished]) -> Finished:
    if _stopping:  # claimed after stop_all had looked
        task.cancel()
    limit = asyncio.timeout(stage.time_limit.total_seconds())
    try:
        async with limit:
            return await task
    except TimeoutError as exc:
        if limit.expired():
            raise TimeLimitReached(hint="Try a smaller model, or ask your administrator.") from exc
        raise
    except asyncio.CancelledError:
        raise (WorkerStopping if _stopping else LostLease) from None


async def _persist(write: Callable[[], Awaitable[None]]) -> None:
    """Write an outcome, patiently: an hour of work must not be lost to a restart of PostgreSQL."""
    for _ in range(_PATIENCE_SECONDS):
        try:
            return await write()
        except Unavailable as exc:
            log.warning("outcome_not_stored", error=str(exc))
            await asyncio.sleep(1)
    return await write()


async def _beat(stage: Claimed, report: Report, task: asyncio.Task[Finished]) -> None:
    """Renew the lease until told to end; cancel the work once another worker or nobody owns the stage.

    While PostgreSQL is away the work goes on: nobody else can take the stage then, and the token keeps a
    late outcome out.
    """
    while True:
        try:
            percent = await stages.renew(stage, fraction=report.fraction, lease=_lease())
        except Unavailable as exc:
            log.warning("lease_not_renewed", stage_id=str(stage.stage_id), error=str(exc))
        else:
            if percent is None:
                task.cancel()
                return
            await report.tell(percent)
        await asyncio.sleep(_beat_every().total_seconds())


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _lease() -> timedelta:
    return timedelta(seconds=current().lease_seconds)


def _beat_every() -> timedelta:
    # A cancel must stop the work within 5 s, so the heartbeat looks at least every 1.5 s.
    return min(timedelta(seconds=1.5), _lease() / 4)
