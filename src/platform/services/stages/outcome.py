"""What becomes of a stage that was worked on: its result, a retry, a warning or a failed job."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from ... import db, events
from ...domain.lifecycle import OPTIONAL_STAGES, StageName, retry_delay
from ...errors import LostLease
from ...queue.tasks import TASKS
from .. import settlement
from ..enqueue import enqueue, enqueue_next
from ..failure import Failure
from ..job_views import Warned
from .lease import Claimed, close_attempt, lock_owned


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage achieved: its checkpoint as JSON, what to warn of, and which later stages it made needless.

    ``write`` runs inside the transaction that finishes the stage, so what it writes is written once.
    """

    result: bytes
    warnings: tuple[Warned, ...] = ()
    skip: tuple[StageName, ...] = ()
    engine: str | None = None
    model: str | None = None
    write: Callable[[], Awaitable[None]] | None = None


async def finish(stage: Claimed, done: Finished) -> None:
    """Store the result and move the job on, in one transaction.

    Raises:
        LostLease: another worker owns the stage or the job is over; nothing was written.
    """
    async with db.transaction():
        if not await lock_owned(stage):
            raise LostLease
        await _store(stage, done)
        after = await _advance(stage, done.warnings)
    await after.announce()


async def fail(stage: Claimed, failure: Failure) -> None:
    """Note a failed attempt; retry the stage later, go on without it, or end the job.

    Raises:
        LostLease: another worker owns the stage or the job is over; nothing was written.
    """
    async with db.transaction():
        if not await lock_owned(stage):
            raise LostLease
        await failure.note(stage.stage_id)
        after = await after_failure(stage, failure)
    await after.announce()


async def after_failure(stage: Claimed, failure: Failure) -> settlement.Aftermath:
    """Decide what follows a failed attempt; the job is locked and the attempt closed already."""
    if not failure.permanent and stage.attempt < stage.max_attempts:
        return await _retry_later(stage, failure)
    await db.execute(
        "UPDATE stages SET status = 'failed', error = $2, lease_token = NULL, lease_expires_at = NULL,"
        " finished_at = now() WHERE id = $1",
        stage.stage_id,
        msgspec.json.encode(failure.problem(stage.name)).decode(),
    )
    if stage.name in OPTIONAL_STAGES:
        warning = Warned(code=failure.error.code, stage=stage.name, message=failure.warning(stage.name))
        return await _advance(stage, (warning,))
    return await settlement.fail_job(stage.job_id, stage.user_id, stage.stage_id, stage.name, failure)


async def _store(stage: Claimed, done: Finished) -> None:
    await db.execute(
        "UPDATE stages SET status = 'completed', result = $2, progress = 1, lease_token = NULL,"
        " lease_expires_at = NULL, finished_at = now() WHERE id = $1",
        stage.stage_id,
        done.result.decode(),
    )
    await close_attempt(stage.stage_id, "succeeded", engine=done.engine)
    if done.write is not None:
        await done.write()
    if done.engine is not None:
        await db.execute(
            "UPDATE jobs SET engine_used = $2, model_used = $3 WHERE id = $1",
            stage.job_id,
            done.engine,
            done.model,
        )
    if done.skip:
        await db.execute(
            "UPDATE stages SET status = 'skipped' WHERE job_id = $1 AND name = ANY($2) AND status = 'waiting'",
            stage.job_id,
            [name.value for name in done.skip],
        )


async def _advance(stage: Claimed, warnings: Sequence[Warned]) -> settlement.Aftermath:
    if warnings:
        await db.execute(
            "UPDATE jobs SET warnings = warnings || $2::jsonb WHERE id = $1",
            stage.job_id,
            msgspec.json.encode(warnings).decode(),
        )
    message = await enqueue_next(stage.job_id, priority=stage.priority)
    told = [(events.EventType.WARNING, warning) for warning in warnings]
    if message is None:
        return await settlement.complete_job(stage.job_id, told=told)
    return settlement.Aftermath(user_id=stage.user_id, job_id=stage.job_id, messages=[message], told=told)


async def _retry_later(stage: Claimed, failure: Failure) -> settlement.Aftermath:
    task = TASKS[stage.name]
    delay = retry_delay(
        stage.attempt,
        base=task.backoff,
        cap=task.backoff_cap,
        jitter=random.random(),  # noqa: S311 - spreads load, guards nothing
    )
    problem = msgspec.json.encode(failure.problem(stage.name)).decode()
    await db.execute("UPDATE stages SET error = $2 WHERE id = $1", stage.stage_id, problem)
    await enqueue(stage.stage_id, stage.name, priority=stage.priority, delay=delay)
    return settlement.Aftermath(user_id=stage.user_id, job_id=stage.job_id)
