"""Runs of a job after its first: stopping one, and starting another where the last one failed."""

from __future__ import annotations

from uuid import UUID

from .. import db
from ..domain.lifecycle import FINAL, JobStatus, StageName
from ..errors import Conflict, NotFound
from ..queue import dispatch
from . import credits, jobs, settlement
from .enqueue import enqueue_next
from .job_views import JobView
from .sessions import Identity


async def cancel(who: Identity, job_id: UUID) -> JobView:
    """Cancel the job; its running work stops within seconds. Cancelling twice changes nothing.

    Raises:
        NotFound: there is no such job of the caller.
        Conflict: it has already ended otherwise.
    """
    async with db.transaction():
        status = await _lock(who, job_id)
        if status is JobStatus.CANCELLED:
            return await jobs.get(who, job_id)
        if status in FINAL:
            raise Conflict(f"This job is {status} already, it cannot be cancelled")
        after = await settlement.cancel_job(job_id, who.user_id)
    await after.announce()
    return await jobs.get(who, job_id)


async def retry(who: Identity, job_id: UUID) -> JobView:
    """Run again what failed or was cancelled, from the first step without a result.

    A completed job may be retried when a step of it failed; that costs nothing more.

    Raises:
        NotFound: there is no such job of the caller.
        Conflict: there is nothing to run again.
        InsufficientCredits: what is available does not cover the price.
    """
    async with db.transaction():
        status = await _lock(who, job_id)
        message = await _restart(who, job_id, status)
    dispatch.offer([message])
    return await jobs.get(who, job_id)


async def _restart(who: Identity, job_id: UUID, status: JobStatus) -> dispatch.Outgoing:
    if status not in FINAL or not await _reset_stages(job_id):
        raise Conflict(f"This job is {status}; there is nothing to run again")
    if not await db.fetch_one(_RECORDING_OF, job_id):
        raise Conflict("The recording of this job was deleted; it cannot be run again")
    row = await db.fetch_one(_NEW_RUN, job_id)
    assert row is not None, "the job is locked"  # noqa: S101 - invariant
    await credits.hold(who.user_id, job_id, run=row["run"], amount=row["credits_held"])
    await db.execute(
        "UPDATE dead_letters SET status = 'requeued', resolved_at = now(), resolved_by = $2, reason = 'retried'"
        " WHERE job_id = $1 AND status = 'open'",
        job_id,
        who.user_id,
    )
    message = await enqueue_next(job_id, priority=row["priority"])
    assert message is not None, "a stage was reset"  # noqa: S101 - invariant
    return message


_RECORDING_OF = """
SELECT 1 FROM media m JOIN jobs j ON j.media_id = m.id WHERE j.id = $1 AND m.deleted_at IS NULL FOR SHARE OF m
"""

# What was charged once is not held again. Warnings of the stages that are kept stay true, so they stay.
_NEW_RUN = """
UPDATE jobs SET status = 'pending', run = run + 1, error = NULL, finished_at = NULL, progress = 0,
    warnings = (SELECT coalesce(jsonb_agg(told), '[]') FROM jsonb_array_elements(warnings) AS told
        WHERE told->>'stage' NOT IN (SELECT name FROM stages WHERE job_id = $1 AND status = 'waiting')),
    credits_held = CASE WHEN EXISTS (SELECT 1 FROM credit_entries WHERE job_id = $1 AND kind = 'capture') THEN 0
        ELSE credits_quoted END
WHERE id = $1 RETURNING run, credits_held, priority
"""


async def _reset_stages(job_id: UUID) -> bool:
    """Make every stage without a result wait again, and ``deliver`` with them; False if none failed."""
    again = await db.fetch_one("SELECT 1 FROM stages WHERE job_id = $1 AND status IN ('failed', 'cancelled')", job_id)
    if again is None:
        return False
    await db.execute(
        "UPDATE stages SET status = 'waiting', attempts = 0, progress = 0, error = NULL, result = NULL,"
        " finished_at = NULL WHERE job_id = $1 AND (status IN ('failed', 'cancelled') OR name = $2)",
        job_id,
        StageName.DELIVER.value,
    )
    return True


async def _lock(who: Identity, job_id: UUID) -> JobStatus:
    row = await db.fetch_one("SELECT status FROM jobs WHERE id = $1 AND user_id = $2 FOR UPDATE", job_id, who.user_id)
    if row is None:
        raise NotFound("There is no such job")
    return JobStatus(row["status"])
