"""What becomes of a stage that was worked on: its result, a retry, a warning or a failed job."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from ... import db, events
from ...domain.lifecycle import OPTIONAL_STAGES, JobKind, StageName, retry_delay
from ...domain.options import AUTO
from ...errors import LostLease
from ...queue.tasks import TASKS
from .. import breakers, settlement
from ..clips import renders
from ..enqueue import enqueue, enqueue_next, has_more
from ..failure import Failure
from ..job_views import Warned
from .lease import Claimed, lock_owned


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
        # A change of a clip may have been committed while the statement waited for the job: look again then.
        more = await _store(stage, done) or stage.kind is JobKind.CLIPS
        await breakers.note_success(_worked(stage, done), stage.name)
        if done.write is not None:
            await done.write()
        after = await _advance(stage, _told(done.warnings), more=more)
    await after.announce()


def _worked(stage: Claimed, done: Finished) -> str:
    return (done.engine or stage.blamed) if stage.engine == AUTO else stage.engine


async def fail(stage: Claimed, failure: Failure) -> None:
    """Note a failed attempt; retry the stage later, go on without it, or end the job.

    Raises:
        LostLease: another worker owns the stage or the job is over; nothing was written.
    """
    async with db.transaction():
        if not await lock_owned(stage):
            raise LostLease
        if stage.blamed:  # what ``auto`` tried was noted try by try
            await breakers.note_failure(stage.blamed, stage.name, stage.job_id, failure)
        await failure.note(stage.stage_id)
        after = await after_failure(stage, failure)
    await after.announce()


async def after_failure(stage: Claimed, failure: Failure) -> settlement.Aftermath:
    """Decide what follows a failed attempt; the job is locked and the attempt closed already.

    An attempt that finished a piece of a long recording is given back: it is not lost, only cut short. There
    are so many pieces and no more, so a stage that does not advance runs out of attempts all the same. So is one that
    only found all engines of ``auto`` at rest: their breakers let a job try them in the end.
    """
    untried = bool(failure.error.facts.get("untried"))
    if not failure.permanent and await db.execute(_GIVE_BACK, stage.stage_id, untried):
        stage = msgspec.structs.replace(stage, attempt=stage.attempt - 1)
    if not failure.permanent and stage.attempt < stage.max_attempts:
        return await _retry_later(stage, failure)
    await db.execute(
        "UPDATE stages SET status = 'failed', error = $2, lease_token = NULL, lease_expires_at = NULL,"
        " finished_at = now() WHERE id = $1",
        stage.stage_id,
        msgspec.json.encode(failure.problem(stage.name)).decode(),
    )
    if stage.clip_id is not None:
        await renders.note_failure(stage.clip_id, failure.last_problem(stage.name))
    if stage.name in OPTIONAL_STAGES[stage.kind] or await renders.has_others(stage.stage_id):
        return await _go_on_without(stage, failure)
    return await settlement.fail_job(stage.job_id, stage.stage_id, stage.name, failure)


_GIVE_BACK = """
UPDATE stages SET attempts = attempts - 1 WHERE id = $1 AND attempts > 0 AND ($2 OR EXISTS (
    SELECT 1 FROM stage_chunks c WHERE c.stage_id = $1 AND c.finished_at >= stages.started_at))
"""


# One statement for all that a result changes. As in the claim, the job is locked first and whether the stage is
# still ours is decided on its newest version.
_STORE = """
WITH locked AS (
    SELECT id FROM jobs WHERE id = $1 FOR UPDATE
), stage AS (
    UPDATE stages SET status = 'completed', result = $4, progress = 1, lease_token = NULL, lease_expires_at = NULL,
        finished_at = now()
    FROM locked
    WHERE stages.id = $2 AND stages.lease_token = $3 AND stages.status = 'running' AND stages.job_id = locked.id
    RETURNING stages.id, stages.job_id
), attempt AS (
    UPDATE attempts SET outcome = 'succeeded', engine = $5, finished_at = now()
    FROM stage WHERE attempts.stage_id = stage.id AND attempts.outcome = 'running'
), job AS (
    UPDATE jobs SET engine_used = coalesce($5, engine_used),
        model_used = CASE WHEN $5 IS NULL THEN model_used ELSE $6 END, warnings = warnings || $7::jsonb
    FROM stage WHERE jobs.id = stage.job_id AND ($5 IS NOT NULL OR $7 <> '[]')
), skipped AS (
    UPDATE stages SET status = 'skipped'
    FROM stage WHERE stages.job_id = stage.job_id AND stages.name = ANY($8) AND stages.status = 'waiting'
)
SELECT EXISTS (SELECT 1 FROM stages WHERE job_id = $1 AND id <> $2 AND status IN ('waiting', 'queued', 'running')
    AND name <> ALL($8)) AS more FROM stage
"""


async def _store(stage: Claimed, done: Finished) -> bool:
    """Write the result; returns whether the job had more to do when the statement began."""
    row = await db.fetch_one(
        _STORE,
        stage.job_id,
        stage.stage_id,
        stage.token,
        done.result.decode(),
        done.engine,
        done.model,
        msgspec.json.encode(done.warnings).decode() if done.warnings else "[]",
        done.skip,
    )
    if row is None:
        raise LostLease
    return bool(row["more"])


def _told(warnings: Sequence[Warned]) -> settlement.Told:
    return [(events.EventType.WARNING, warning) for warning in warnings]


async def _advance(stage: Claimed, told: settlement.Told, *, more: bool) -> settlement.Aftermath:
    messages = await enqueue_next(stage.job_id, priority=stage.priority) if more else []
    if not messages and not (more and await has_more(stage.job_id)):
        return await settlement.complete_job(stage.job_id, told=told)
    return settlement.Aftermath(user_id=stage.user_id, job_id=stage.job_id, messages=messages, told=told)


async def _go_on_without(stage: Claimed, failure: Failure) -> settlement.Aftermath:
    warning = Warned(code=failure.error.code, stage=stage.name, message=failure.warning(stage.name))
    await db.execute(
        "UPDATE jobs SET warnings = warnings || $2::jsonb WHERE id = $1",
        stage.job_id,
        msgspec.json.encode([warning]).decode(),
    )
    return await _advance(stage, _told([warning]), more=True)


async def _retry_later(stage: Claimed, failure: Failure) -> settlement.Aftermath:
    task = TASKS[stage.name]
    delay = retry_delay(
        stage.attempt,
        base=task.backoff,
        cap=task.backoff_cap,
        jitter=random.random(),  # noqa: S311 - spreads load, guards nothing
        asked=failure.retry_after,
    )
    problem = msgspec.json.encode(failure.problem(stage.name)).decode()
    await db.execute("UPDATE stages SET error = $2 WHERE id = $1", stage.stage_id, problem)
    await enqueue(stage.stage_id, stage.name, priority=stage.priority, delay=delay)
    return settlement.Aftermath(user_id=stage.user_id, job_id=stage.job_id)
