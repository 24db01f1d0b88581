"""Do one stage: claim it, work while a heartbeat keeps the lease, report exactly one outcome.

1. Claim the stage, or go home: the message is old, or another worker was first.
2. Work in a task of its own; beside it the heartbeat renews the lease and passes on the progress.
3. At the soft time limit the work is asked to keep what is done and stop; work that cannot goes on.
4. A lost lease (cancelled, or taken by a rescue), the hard time limit or a stopping worker cancels the
   work, which ends its child processes before it returns.
5. Report: finished, failed, or given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from ..platform import logs
from ..platform.engines.protocol import GOES_ON
from ..platform.errors import LostLease, TimeLimitReached, Unavailable, WorkerStopping
from ..platform.services import failure, stages
from ..platform.services.stages import Claimed, Finished
from . import identity, interrupts, leases
from .patience import patiently
from .report import Report

log = logs.get("worker")

# The claim has just made the lease; what ends sooner needs no heartbeat, and nobody could read its progress.
_FIRST_BEAT_SECONDS = 0.05

Work = Callable[[Claimed, Report], Awaitable[Finished]]


async def perform(stage_id: UUID, message_id: UUID, work: Work) -> None:
    """Run one delivery of a stage from claim to outcome; raises only what makes a second delivery sensible."""
    stage = await stages.claim(stage_id, message_id, worker=identity.NAME, lease=leases.length())
    if stage is None:
        return
    with logs.keeping() as kept:
        await _perform(stage, work, kept)


async def _perform(stage: Claimed, work: Work, kept: logs.Kept) -> None:
    log.info("stage_started", job_id=str(stage.job_id), stage=stage.name, attempt=stage.attempt)
    report = Report(stage)
    task = asyncio.ensure_future(work(stage, report))
    heartbeat = asyncio.create_task(_beat(stage, report, task))
    soft_limit = asyncio.get_running_loop().call_later(stage.soft_limit.total_seconds(), _ask_to_stop, stage, report)
    try:
        with interrupts.by_shutdown(task):
            await _to_outcome(stage, task, kept)
    except LostLease:
        log.info("stage_lost", job_id=str(stage.job_id), stage=stage.name)
    finally:
        soft_limit.cancel()
        await leases.end(heartbeat)


def _ask_to_stop(stage: Claimed, report: Report) -> None:
    log.info("stage_asked_to_stop", job_id=str(stage.job_id), stage=stage.name)
    report.stop_asked.set()


async def _to_outcome(stage: Claimed, task: asyncio.Task[Finished], kept: logs.Kept) -> None:
    try:
        done = await _result(stage, task)
        await patiently(lambda: stages.finish(stage, done))
    except WorkerStopping:
        await stages.release(stage)
    except LostLease:
        raise
    except Exception as exc:  # the boundary: work or a result that cannot be stored becomes a failed attempt
        log.warning("stage_failed", job_id=str(stage.job_id), stage=stage.name, error=repr(exc), exc_info=exc)
        failed = failure.of(exc, kept)
        await patiently(lambda: stages.fail(stage, failed))


async def _result(stage: Claimed, task: asyncio.Task[Finished]) -> Finished:
    limit = asyncio.timeout(stage.time_limit.total_seconds())
    try:
        async with limit:
            return await task
    except TimeoutError as exc:
        if limit.expired():
            raise TimeLimitReached(hint="Try a smaller model, or ask your administrator.") from exc
        raise
    except asyncio.CancelledError:
        raise (WorkerStopping if interrupts.stopping() else LostLease) from None


async def _why(stage: Claimed) -> str | None:
    """Return what the work of a lost stage is told: whether its job goes on."""
    try:
        return GOES_ON if await stages.goes_on(stage) else None
    except Unavailable:
        return GOES_ON  # what is kept elsewhere in vain costs less than what is thrown away


async def _beat(stage: Claimed, report: Report, task: asyncio.Task[Finished]) -> None:
    """Renew the lease until told to end; cancel the work once another worker or nobody owns the stage.

    While PostgreSQL is away the work goes on: nobody else can take the stage then, and the token keeps a
    late outcome out.
    """
    await asyncio.sleep(_FIRST_BEAT_SECONDS)
    while True:
        try:
            percent = await stages.renew(stage, fraction=report.fraction, lease=leases.length())
        except Unavailable as exc:
            log.warning("lease_not_renewed", stage_id=str(stage.stage_id), error=str(exc))
        else:
            if percent is None:
                task.cancel(await _why(stage))
                return
            report.beat()
            await report.tell(percent)
        await asyncio.sleep(leases.beat().total_seconds())
