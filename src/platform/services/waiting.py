"""Why a job does not move at the moment, in one sentence for its owner."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from .. import db
from ..domain.moments import clock_utc
from ..settings import current
from .stages.lease import PAUSED

# The stage that is on its way, of several clips the one that comes first; none for a job that waits for its user's
# others.
_FACTS = f"""
SELECT j.admitted_at IS NULL AS is_held, coalesce(u.max_jobs_at_once, $2) AS at_once, j.engine, s.queue, s.due_at,
    s.due_at > now() AS is_later, {PAUSED} AS is_paused,
    split_part(s.queue, '.', 1) = 'engine' AND EXISTS (
        SELECT 1 FROM breakers b WHERE b.engine = j.engine AND b.state <> 'closed') AS rests,
    EXISTS (SELECT 1 FROM workers w WHERE s.queue = ANY(w.queues) AND w.seen_at > now() - interval '1 minute') AS served
FROM jobs j JOIN users u ON u.id = j.user_id LEFT JOIN stages s ON s.job_id = j.id AND s.status = 'queued'
WHERE j.id = $1 AND j.status IN ('pending', 'processing')
    AND NOT EXISTS (SELECT 1 FROM stages r WHERE r.job_id = j.id AND r.status = 'running')
ORDER BY s.due_at, s.id LIMIT 1
"""  # noqa: S608 - constants


async def why(job_id: UUID) -> str | None:
    """Return what the job waits for; None where it is being worked on or has ended."""
    row = await db.fetch_one(_FACTS, job_id, current().user_jobs_at_once)
    return None if row is None else _sentence(row)


def _sentence(row: db.Row) -> str:
    if row["is_held"]:
        return f"Waiting for one of your other jobs to end; {row['at_once']} are worked on at once"
    if row["is_paused"]:
        return "Paused by an administrator; it goes on by itself after that"
    if row["rests"]:
        return f"The engine '{row['engine']}' keeps failing and rests for a while; it is tried again by itself"
    if row["is_later"]:
        return _tried_again(row["due_at"])
    if not row["served"]:
        return "No worker is running for this step; your administrator can see that"
    return "Waiting for a free worker"


def _tried_again(due_at: datetime) -> str:
    return f"The last try failed; the next one begins at {clock_utc(due_at)}"
