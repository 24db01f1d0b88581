"""Runs of a job after its first: stopping one, and starting another where the last one failed."""

from __future__ import annotations

from uuid import UUID

from .. import db
from ..domain.lifecycle import FINAL, JobStatus
from ..errors import Conflict, NotFound
from ..queue import dispatch
from . import admission, audit, credits, jobs, partials, settlement
from .clips import renders
from .job_views import JobView
from .sessions import Identity


async def cancel(who: Identity, job_id: UUID) -> JobView:
    """Cancel the job; its running work stops within seconds. Cancelling twice changes nothing.

    Raises:
        NotFound: there is no such job of the caller.
        Conflict: it has already ended otherwise.
    """
    async with db.transaction():
        after = await _cancel(job_id, await _lock(who, job_id))
    if after is not None:
        await partials.keep_quietly(job_id)
        await after.announce()
    return await jobs.get(who, job_id)


async def cancel_any(admin: Identity, job_id: UUID, *, reason: str) -> None:
    """Cancel anybody's job, as ``cancel`` does; the audit log keeps who did it and why.

    Raises:
        NotFound: there is no such job.
        Conflict: it has already ended otherwise.
    """
    async with db.transaction():
        row = await db.fetch_one("SELECT status FROM jobs WHERE id = $1 FOR UPDATE", job_id)
        if row is None:
            raise NotFound("There is no such job")
        after = await _cancel(job_id, JobStatus(row["status"]))
        if after is None:
            return
        before = {"status": row["status"]}
        await audit.note(admin, "job.cancelled", subject_kind="job", subject_id=job_id, reason=reason, before=before)
    await partials.keep_quietly(job_id)
    await after.announce()


async def _cancel(job_id: UUID, status: JobStatus) -> settlement.Aftermath | None:
    """Cancel the locked job; None where that was done before."""
    if status is JobStatus.CANCELLED:
        return None
    if status in FINAL:
        raise Conflict(f"This job is {status} already, it cannot be cancelled")
    return await settlement.cancel_job(job_id)


async def retry(who: Identity, job_id: UUID) -> JobView:
    """Run again what failed or was cancelled, from the first step without a result.

    A completed job may be retried when a step of it failed; that costs nothing more.

    Raises:
        NotFound: there is no such job of the caller.
        Conflict: there is nothing to run again.
        InsufficientCredits: what is available does not cover the price.
    """
    async with db.transaction():
        await _lock(who, job_id)
        await restart(job_id, by=who.user_id, reason="retried")
    return await jobs.get(who, job_id)


async def restart(job_id: UUID, *, by: UUID | None, reason: str, from_start: bool = False, waive: bool = False) -> None:
    """Begin a new run of the locked job, in the caller's transaction.

    1. What failed or was cancelled waits again (everything with ``from_start``; transcripts stay).
    2. The price is held again, unless it was charged before or is waived.
    3. The job's open dead letter is closed with ``reason``.
    4. The job takes its turn like a new one.

    Raises:
        Conflict: there is nothing to run again.
        InsufficientCredits: what is available to the job's owner does not cover the price.
    """
    job = await db.fetch_one("SELECT user_id, status, mode FROM jobs WHERE id = $1", job_id)
    if job is None or job["status"] not in FINAL or not await _reset_stages(job_id, from_start=from_start):
        raise Conflict(f"This job is {job['status'] if job else 'gone'}; there is nothing to run again")
    await begin(job_id, by=by, reason=reason, waive=waive)


async def begin(job_id: UUID, *, by: UUID | None, reason: str, waive: bool = False) -> None:
    """Do the locked, ended job's waiting stages in a new run: steps 2 to 4 of ``restart``.

    Raises:
        Conflict: the recording was deleted.
        InsufficientCredits: as ``restart``.
    """
    job = await db.fetch_one("SELECT user_id FROM jobs WHERE id = $1", job_id)
    assert job is not None, "the caller has locked it"  # noqa: S101 - invariant
    if not await db.fetch_one(_RECORDING_OF, job_id):
        raise Conflict("The recording of this job was deleted; it cannot be run again")
    row = await db.fetch_one(_NEW_RUN, job_id, waive)
    assert row is not None, "the job is locked"  # noqa: S101 - invariant
    await credits.hold(job["user_id"], job_id, run=row["run"], amount=row["credits_held"])
    await db.execute(
        "UPDATE dead_letters SET status = 'requeued', resolved_at = now(), resolved_by = $2, reason = $3,"
        " due_at = NULL WHERE job_id = $1 AND status IN ('open', 'scheduled')",
        job_id,
        by,
        reason,
    )
    sums = await credits.balance(job["user_id"])
    credits.tell(job["user_id"], job_id, balance=sums.balance, held=sums.held)
    dispatch.offer(await admission.admit(job["user_id"]))


_RECORDING_OF = """
SELECT 1 FROM media m JOIN jobs j ON j.media_id = m.id WHERE j.id = $1 AND m.deleted_at IS NULL FOR SHARE OF m
"""

# What was charged once is not held again. Warnings of the stages that are kept stay true, so they stay.
_NEW_RUN = """
UPDATE jobs SET status = 'pending', run = run + 1, error = NULL, finished_at = NULL, progress = 0,
    admitted_at = NULL,
    warnings = (SELECT coalesce(jsonb_agg(told), '[]') FROM jsonb_array_elements(warnings) AS told
        WHERE told->>'stage' NOT IN (SELECT name FROM stages WHERE job_id = $1 AND status = 'waiting')),
    credits_held = CASE WHEN $2 OR EXISTS (SELECT 1 FROM credit_entries WHERE job_id = $1 AND kind = 'capture') THEN 0
        ELSE credits_quoted END
WHERE id = $1 RETURNING run, credits_held
"""

# ``deliver`` makes the transcript of what the other stages found, so it is done again with any of them but a clip's
# rendering; what was read out of the text is so where the text or its speakers are.
_RESET_STAGES = """
UPDATE stages SET attempts = 0, progress = 0, error = NULL, result = NULL, finished_at = NULL,
    note = CASE WHEN $2 THEN NULL ELSE note END,
    status = CASE WHEN (name = 'diarize' AND jobs.mode <> 'dialogue')
        OR (name = 'analyse' AND jobs.features = '{}' AND jobs.kind = 'transcription') THEN 'skipped' ELSE 'waiting' END
FROM jobs WHERE jobs.id = $1 AND job_id = $1 AND ($2 OR stages.status IN ('failed', 'cancelled')
    OR (name = 'deliver' AND (stages.status <> 'completed' OR EXISTS (SELECT 1 FROM stages before
        WHERE before.job_id = $1 AND before.clip_id IS NULL AND before.status IN ('failed', 'cancelled'))))
    OR (name = 'analyse' AND stages.status <> 'skipped' AND EXISTS (SELECT 1 FROM stages before
        WHERE before.job_id = $1 AND before.position < stages.position AND before.status IN ('failed', 'cancelled'))))
"""


async def _reset_stages(job_id: UUID, *, from_start: bool) -> bool:
    """Make what has no result wait again, or every stage; False if there is nothing to do again."""
    again = await db.fetch_one("SELECT 1 FROM stages WHERE job_id = $1 AND status IN ('failed', 'cancelled')", job_id)
    if again is None and not from_start:
        return False
    await db.execute(_RESET_STAGES, job_id, from_start)
    await renders.forget_choice(job_id)
    if from_start:
        await db.execute("DELETE FROM stage_chunks WHERE stage_id IN (SELECT id FROM stages WHERE job_id = $1)", job_id)
    return True


async def _lock(who: Identity, job_id: UUID) -> JobStatus:
    row = await db.fetch_one("SELECT status FROM jobs WHERE id = $1 AND user_id = $2 FOR UPDATE", job_id, who.user_id)
    if row is None:
        raise NotFound("There is no such job")
    return JobStatus(row["status"])
