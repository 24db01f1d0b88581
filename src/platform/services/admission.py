"""How many jobs of one user are worked on at once; the others wait for one of them to end.

A job is admitted when its first waiting stage goes to its queue. Whoever admits holds the user's credit
account locked, so two admissions of one user never overlap and the limit is never exceeded.
"""

from __future__ import annotations

from uuid import UUID

from .. import db
from ..queue import dispatch
from ..queue.dispatch import Outgoing
from ..settings import current
from .enqueue import enqueue_next

# Best priority first, then the oldest. A held job that somebody changes at this moment (a cancel) is passed over.
# Not "WHERE id IN (SELECT …)": a plan may run that again for every row, and each time the limit begins anew.
_NEXT = """
WITH next AS MATERIALIZED (
    SELECT id FROM jobs WHERE user_id = $1 AND status = 'pending' AND admitted_at IS NULL
    ORDER BY array_position(ARRAY['critical', 'high', 'normal', 'low'], priority::text), created_at, id
    LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE jobs SET admitted_at = now() FROM next WHERE jobs.id = next.id RETURNING jobs.id, jobs.priority
"""


# Places that came free without anybody to fill them: a raised limit, or an admission that a crash cut off.
_UNFILLED = """
SELECT h.user_id FROM (SELECT DISTINCT user_id FROM jobs WHERE status = 'pending' AND admitted_at IS NULL) h
JOIN users u ON u.id = h.user_id
WHERE (SELECT count(*) FROM jobs j WHERE j.user_id = h.user_id AND j.status IN ('pending', 'processing')
    AND j.admitted_at IS NOT NULL) < coalesce(u.max_jobs_at_once, $1)
LIMIT 500
"""


# Counting is for users who have a job that waits. The caller has changed the account in this transaction, so no job
# is being created meanwhile.
_PLACES = """
SELECT places_left($1, $2) AS places
WHERE EXISTS (SELECT 1 FROM jobs WHERE user_id = $1 AND status = 'pending' AND admitted_at IS NULL)
"""


async def admit(user_id: UUID) -> list[Outgoing]:
    """Fill the user's free places with waiting jobs, in the caller's transaction; returns what to offer."""
    row = await db.fetch_one(_PLACES, user_id, current().user_jobs_at_once)
    if row is None or (row["places"] or 0) <= 0:
        return []
    admitted = await db.fetch(_NEXT, user_id, row["places"])
    queued = [await enqueue_next(each["id"], priority=each["priority"]) for each in admitted]
    return [message for messages in queued for message in messages]


async def admit_forgotten() -> int:
    """Admit jobs that wait although there is a place; returns how many. Run by the scheduler."""
    admitted = 0
    for row in await db.fetch(_UNFILLED, current().user_jobs_at_once):
        async with db.transaction():
            messages = await admit(row["user_id"])
            dispatch.offer(messages)
        admitted += len(messages)
    return admitted
