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

Work = Callable[[Claimed, Report], Awaitable[Finished]]

_running: dict[UUID, asyncio.Task[Finished]] = {}
_stopping = False


async def perform(stage_id: UUID, message_id: UUID, work: Work) -> None:
    """Run one delivery of a stage from claim to outcome; raises only what makes a second delivery sensible."""
    stage = await stages.claim(stage_id, message_id, worker=identity.NAME, lease=_lease())
    if stage is None:
        return
    log.info("stage_started", job_id=str(stage.job_id), stage=stage.name, attempt=stage.attempt)
    try:
        done = await _under_lease(stage, work)
        await _persist(lambda: stages.finish(stage, done))
    except LostLease:
        log.info("stage_lost", job_id=str(stage.job_id), stage=stage.name)
    except WorkerStopping:
        await stages.release(stage)
    except Exception as exc:  # noqa: BLE001 - the boundary: whatever a stage raises becomes its failed attempt
        await _report(stage, exc)


async def stop_all() -> None:
    """Interrupt every running stage, so that other workers take them at once."""
    global _stopping  # noqa: PLW0603 - one worker per process
    _stopping = True
    for task in _running.values():
        task.cancel()
    await asyncio.gather(*_running.values(), return_exceptions=True)


async def _report(stage: Claimed, exc: Exception) -> None:
    log.warning("stage_failed", job_id=str(stage.job_id), stage=stage.name, error=repr(exc), exc_info=exc)
    failed = failure.of(exc)
    with contextlib.suppress(LostLease):
        await _persist(lambda: stages.fail(stage, failed))


async def _persist(write: Callable[[], Awaitable[None]]) -> None:
    """Write an outcome, patiently: an hour of work must not be lost to a restart of PostgreSQL."""
    for pause_seconds in (0.5, 1, 2, 4, 8, 15):
        try:
            return await write()
        except Unavailable as exc:
            log.warning("outcome_not_stored", error=str(exc), again_in_seconds=pause_seconds)
            await asyncio.sleep(pause_seconds)
    return await write()


async def _under_lease(stage: Claimed, work: Work) -> Finished:
    if _stopping:
        raise WorkerStopping
    report = Report(stage)
    await report.tell(stage.percent)
    task = asyncio.ensure_future(work(stage, report))
    _running[stage.stage_id] = task
    heartbeat = asyncio.create_task(_beat(stage, report, task))
    try:
        async with asyncio.timeout(stage.time_limit.total_seconds()):
            return await task
    except TimeoutError as exc:
        raise TimeLimitReached(hint="Try a smaller model, or ask your administrator.") from exc
    except asyncio.CancelledError:
        raise (WorkerStopping if _stopping else LostLease) from None
    finally:
        del _running[stage.stage_id]
        await _end(heartbeat)


async def _beat(stage: Claimed, report: Report, task: asyncio.Task[Finished]) -> None:
    """Renew until the work ends; cancel it once the lease is lost or could not be renewed in time."""
    loop = asyncio.get_running_loop()
    expires = loop.time() + _lease().total_seconds()
    while not task.done():
        await asyncio.wait([task], timeout=_beat_every().total_seconds())
        try:
            percent = await stages.renew(stage, fraction=report.fraction, lease=_lease())
        except Unavailable as exc:
            log.warning("lease_not_renewed", stage_id=str(stage.stage_id), error=str(exc))
            if loop.time() < expires:
                continue
            percent = None
        if percent is None:
            task.cancel()
            return
        expires = loop.time() + _lease().total_seconds()
        await report.tell(percent)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _lease() -> timedelta:
    return timedelta(seconds=current().lease_seconds)


def _beat_every() -> timedelta:
    # A cancel must stop the work within 5 s, so the heartbeat looks at least every 2 s.
    return min(timedelta(seconds=1.5), _lease() / 4)
