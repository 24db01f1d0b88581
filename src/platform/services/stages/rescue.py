"""Find stages that nobody works on although they should be, and put them right; run by the scheduler."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ... import db
from ...domain.lifecycle import JobKind, StageName
from ...errors import StageFailed
from ...queue import dispatch
from .. import breakers, failure
from ..enqueue import enqueue
from .lease import PAUSED, Claimed
from .outcome import after_failure


class WorkerLost(StageFailed):
    """The worker that did this step disappeared."""

    code = "worker_lost"
    hint = f"{failure.TRIED_AGAIN}. If it keeps happening, the machine may be out of memory."


_EXPIRED = """
SELECT s.id AS stage_id, s.name, s.lease_token AS token, s.attempts AS attempt, s.max_attempts, j.run,
    j.id AS job_id, j.user_id, j.kind, j.priority, j.media_id, m.storage_key AS media_key,
    m.kind AS media_kind, m.filename, m.duration_seconds, j.engine, j.model, j.language, j.mode,
    j.min_speakers, j.max_speakers, j.features, j.engine_used, s.clip_id
FROM stages s JOIN jobs j ON j.id = s.job_id JOIN media m ON m.id = j.media_id
WHERE s.status = 'running' AND s.lease_expires_at < now() ORDER BY s.lease_expires_at LIMIT 100
"""


async def rescue_expired() -> int:
    """Take stages from workers whose lease ran out; returns how many. A stage that lost its worker in every
    attempt fails for good, so that a recording that kills workers cannot do so for ever."""
    rescued = 0
    for row in await db.fetch(_EXPIRED):
        values = dict(row) | {"name": StageName(row["name"]), "kind": JobKind(row["kind"])}
        rescued += await _rescue(Claimed(**values, results={}))
    return rescued


def _lost(row: db.Row) -> failure.Failure:
    seen = f"{row['seen_at']:%Y-%m-%d %H:%M:%S %Z}" if row["seen_at"] else "before it was taken off the list of workers"
    told = (
        f"Worker {row['worker']} took this step at {row['started_at']:%Y-%m-%d %H:%M:%S %Z}.",
        f"Its lease ran out at {row['lease_expires_at']:%Y-%m-%d %H:%M:%S %Z}.",
        f"It was last heard of {seen}.",
    )
    return failure.of(WorkerLost(log_tail="\n".join(told)))


async def _rescue(stage: Claimed) -> bool:
    async with db.transaction():
        await db.execute("SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE", stage.job_id)
        still = await db.fetch_one(
            "SELECT s.worker, s.started_at, s.lease_expires_at, w.seen_at FROM stages s"
            " LEFT JOIN workers w ON w.id = s.worker"
            " WHERE s.id = $1 AND s.lease_token = $2 AND s.status = 'running' AND s.lease_expires_at < now()"
            " FOR UPDATE OF s",
            stage.stage_id,
            stage.token,
        )
        if still is None:
            return False
        lost = _lost(still)
        await breakers.end_probe(stage.blamed, stage.job_id)
        await lost.note(stage.stage_id, outcome="lost")
        after = await after_failure(stage, lost)
    await after.announce()
    return True


async def requeue_lost(*, older_than: timedelta) -> int:
    """Queue again the stages whose message Redis has lost; returns how many.

    A message stays in Redis until it is acknowledged, so an unknown id means that it is gone. Stages that
    still have an outbox row are left to the outbox, paused ones and those of a resting engine until they go on.
    """
    requeued = 0
    after: tuple[datetime, UUID] = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
    while rows := await db.fetch(_WAITING, older_than, *after, _PAGE):
        gone = set(await dispatch.lost([(row["queue"], row["message_id"]) for row in rows]))
        for row in rows:
            if row["message_id"] in gone:
                await _requeue(row["job_id"], row["id"], StageName(row["name"]), row["message_id"], row["priority"])
        requeued += len(gone)
        after = (rows[-1]["due_at"], rows[-1]["id"])
    return requeued


_PAGE = 2_000
_WAITING = f"""
SELECT s.id, s.name, s.queue, s.message_id, s.due_at, s.job_id, j.priority FROM stages s
JOIN jobs j ON j.id = s.job_id
WHERE s.status = 'queued' AND s.due_at < now() - $1::interval AND (s.due_at, s.id) > ($2, $3)
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = s.message_id) AND NOT {PAUSED}
    AND NOT {breakers.RESTS}
ORDER BY s.due_at, s.id LIMIT $4
"""  # noqa: S608 - constants


async def invite_probes() -> int:
    """Queue one stage again of each engine whose rest is over, so that it is tried; returns how many."""
    rows = await db.fetch(_MAY_TRY)
    gone = set(await dispatch.lost([(row["queue"], row["message_id"]) for row in rows]))
    for row in rows:
        if row["message_id"] in gone:
            await _requeue(row["job_id"], row["id"], StageName(row["name"]), row["message_id"], row["priority"])
            await breakers.note_invitation(row["engine"])
    return len(gone)


# The oldest stage of each engine. A stage that is not due yet is none: its job has just failed.
_MAY_TRY = f"""
SELECT DISTINCT ON (b.engine) b.engine, s.id, s.name, s.queue, s.message_id, s.job_id, j.priority
FROM breakers b JOIN jobs j ON j.engine = b.engine AND j.status IN ('pending', 'processing')
JOIN stages s ON s.job_id = j.id AND s.status = 'queued' AND s.due_at <= now() AND s.queue LIKE 'engine.%'
WHERE {breakers.DUE} AND (b.state = 'half_open' OR coalesce(b.probe_until, '-infinity') <= now()) AND NOT {PAUSED}
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = s.message_id)
ORDER BY b.engine, s.due_at, s.id
"""  # noqa: S608 - constants


async def _requeue(job_id: UUID, stage_id: UUID, name: StageName, message_id: UUID, priority: str) -> None:
    async with db.transaction():
        await db.execute("SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE", job_id)
        still = await db.fetch_one(
            "SELECT 1 FROM stages WHERE id = $1 AND status = 'queued' AND message_id = $2 FOR UPDATE",
            stage_id,
            message_id,
        )
        if still is None:
            return
        message = await enqueue(stage_id, name, priority=priority)
    dispatch.offer([message])
