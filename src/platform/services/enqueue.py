"""Put a stage into its queue: the row, its new message and the outbox row, in the caller's transaction."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from .. import db
from ..domain.lifecycle import StageName
from ..queue.dispatch import Outgoing
from ..queue.tasks import TASKS, Priority, queue_name

_SQL = """
WITH stage AS (
    UPDATE stages SET status = 'queued', due_at = now() + $3::interval, message_id = gen_random_uuid(),
        queue = $2, lease_token = NULL, lease_expires_at = NULL, worker = NULL
    WHERE id = $1
    RETURNING id, job_id, name, position, queue, message_id, due_at
), message AS (
    INSERT INTO outbox (stage_id, message_id, task, queue, due_at)
    SELECT id, message_id, name, queue, due_at FROM stage
)
SELECT stage.id AS stage_id, message_id, name AS task, queue, position > 0 AS front, jobs.user_id
FROM stage JOIN jobs ON jobs.id = stage.job_id
"""

NOW = timedelta(0)


async def enqueue(stage_id: UUID, name: StageName, *, priority: str, delay: timedelta = NOW) -> Outgoing:
    """Queue the stage and return the message to offer after the commit; a delayed one goes to ``retry``."""
    queue = queue_name(TASKS[name].group, Priority.RETRY if delay else priority)
    row = await db.fetch_one(_SQL, stage_id, queue, delay)
    assert row is not None, "the caller holds the job's lock and has seen the stage"  # noqa: S101 - invariant
    return Outgoing(**dict(row))


# Stages of one place are done at the same time; the next place begins when all of them have ended.
_NEXT = """
SELECT id, name FROM stages WHERE job_id = $1 AND status = 'waiting'
    AND position = (SELECT min(position) FROM stages WHERE job_id = $1 AND status = 'waiting')
    AND NOT EXISTS (SELECT 1 FROM stages b WHERE b.job_id = $1 AND b.status IN ('queued', 'running')
        AND b.position < stages.position)
ORDER BY clip_id
"""


async def enqueue_next(job_id: UUID, *, priority: str) -> list[Outgoing]:
    """Queue the job's next waiting stages, of which only clips have several; none while an earlier one is at work."""
    rows = await db.fetch(_NEXT, job_id)
    return [await enqueue(row["id"], StageName(row["name"]), priority=priority) for row in rows]


async def has_more(job_id: UUID) -> bool:
    """Return whether a stage of the job waits, is queued or is at work."""
    open_one = "SELECT 1 FROM stages WHERE job_id = $1 AND status IN ('waiting', 'queued', 'running') LIMIT 1"
    return await db.fetch_one(open_one, job_id) is not None
