"""Rendering a clip once more, or no longer: what becomes of its stage and of its job's run.

Every function runs in the caller's transaction, which has locked the job.
"""

from __future__ import annotations

from uuid import UUID

from ... import db
from ...domain.lifecycle import FINAL, JobStatus
from ...errors import Conflict
from ...queue import dispatch
from .. import runs, settlement
from ..enqueue import enqueue_next, has_more
from ..settlement import Aftermath
from . import choosing

_ENDED = {JobStatus.FAILED: "has failed", JobStatus.CANCELLED: "was cancelled"}


async def render(job_id: UUID, clip_id: UUID, *, by: UUID) -> None:
    """Ask for a new file of the clip: in the job's present run, or in a new one that costs nothing.

    Raises:
        Conflict: the recording was deleted, or the job did not come to its end.
    """
    job = await db.fetch_one("SELECT status, priority, admitted_at FROM jobs WHERE id = $1", job_id)
    assert job is not None, "the caller has locked it"  # noqa: S101 - invariant
    status = JobStatus(job["status"])
    if status in (JobStatus.FAILED, JobStatus.CANCELLED):
        raise Conflict(
            f"The job of this clip {_ENDED[status]}",
            hint="Try the job again on its page; then its clips can be changed.",
        )
    await db.execute("UPDATE clips SET status = 'pending', error = NULL WHERE id = $1", clip_id)
    await _take_away(job_id, clip_id)
    await choosing.request(job_id, clip_id)
    if status in FINAL:
        await runs.begin(job_id, by=by, reason="a clip was changed")
    elif job["admitted_at"] is not None:
        dispatch.offer(await enqueue_next(job_id, priority=job["priority"]))


async def drop(job_id: UUID, clip_id: UUID) -> Aftermath | None:
    """Let nobody render the deleted clip any more; returns what follows if its job waited for just that.

    Raises:
        Conflict: the job is at work, and no clip would be left of it.
    """
    await _take_away(job_id, clip_id)
    await db.execute(
        "UPDATE stages SET status = 'skipped', lease_token = NULL, lease_expires_at = NULL"
        " WHERE job_id = $1 AND clip_id = $2 AND status <> 'completed'",
        job_id,
        clip_id,
    )
    job = await db.fetch_one("SELECT user_id, status, priority, admitted_at FROM jobs WHERE id = $1", job_id)
    if job is None or JobStatus(job["status"]) in FINAL:
        return None
    left = "SELECT 1 FROM clips WHERE job_id = $1 AND deleted_at IS NULL AND status <> 'failed' LIMIT 1"
    if await db.fetch_one(left, job_id) is None:
        raise Conflict("This is the only clip of a job that is at work", hint="Cancel the job, or wait for its end.")
    is_held = job["admitted_at"] is None
    messages = [] if is_held else await enqueue_next(job_id, priority=job["priority"])
    if not messages and not await has_more(job_id):
        return await settlement.complete_job(job_id)
    return Aftermath(user_id=job["user_id"], job_id=job_id, messages=messages)


async def _take_away(job_id: UUID, clip_id: UUID) -> None:
    """Take the clip's stage from whoever works on it, and its message out of the outbox."""
    await db.execute(
        "UPDATE attempts SET outcome = 'cancelled', finished_at = now() FROM stages s"
        " WHERE s.id = stage_id AND s.job_id = $1 AND s.clip_id = $2 AND outcome = 'running'",
        job_id,
        clip_id,
    )
    await db.execute(
        "DELETE FROM outbox WHERE stage_id IN (SELECT id FROM stages WHERE job_id = $1 AND clip_id = $2)",
        job_id,
        clip_id,
    )
