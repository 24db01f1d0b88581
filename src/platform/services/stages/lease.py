"""Claim a stage, keep it, give it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from ... import db
from ...domain.lifecycle import JobKind, StageName, job_progress
from ...queue import dispatch
from ...queue.tasks import TASKS
from ..enqueue import enqueue


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that this worker owns, with what it needs to know of the job.

    ``token`` fences every write; ``results`` are the raw JSON checkpoints of the earlier stages by name;
    ``duration_seconds`` is None for text; ``features`` is the JSON that the customer gave.
    """

    stage_id: UUID
    name: StageName
    token: UUID
    attempt: int
    max_attempts: int
    run: int
    job_id: UUID
    user_id: UUID
    kind: JobKind
    priority: str
    media_id: UUID
    media_key: str
    media_kind: str
    filename: str
    duration_seconds: float | None
    engine: str
    model: str | None
    language: str | None
    mode: str
    min_speakers: int | None
    max_speakers: int | None
    features: str
    results: dict[str, bytes]

    @property
    def time_limit(self) -> timedelta:
        """How long the stage may take."""
        return TASKS[self.name].time_limit(self.duration_seconds or 0.0)


# The job is locked first, as everywhere; whether the stage still waits is decided on its newest version.
_CLAIM = """
WITH locked AS (
    SELECT id FROM jobs WHERE id = (SELECT job_id FROM stages WHERE id = $1) AND status IN ('pending', 'processing')
    FOR UPDATE
), stage AS (
    UPDATE stages SET status = 'running', lease_token = gen_random_uuid(), lease_expires_at = now() + $4::interval,
        worker = $3, attempts = stages.attempts + 1, started_at = now(), progress = 0, error = NULL
    FROM locked
    WHERE stages.id = $1 AND stages.message_id = $2 AND stages.status = 'queued' AND stages.job_id = locked.id
    RETURNING stages.*
), job AS (
    UPDATE jobs SET status = 'processing', stage = stage.name, started_at = coalesce(jobs.started_at, now()),
        attempts = jobs.attempts + CASE WHEN stage.position = 0 OR stage.attempts > 1 THEN 1 ELSE 0 END
    FROM stage WHERE jobs.id = stage.job_id
    RETURNING jobs.*
), attempt AS (
    INSERT INTO attempts (stage_id, run, number, worker)
    SELECT stage.id, job.run, 1 + (SELECT coalesce(max(number), 0) FROM attempts a
        WHERE a.stage_id = stage.id AND a.run = job.run), $3 FROM stage, job
)
SELECT stage.id AS stage_id, stage.name, stage.lease_token AS token, stage.attempts AS attempt,
    stage.max_attempts, job.run, job.id AS job_id, job.user_id, job.kind, job.priority, job.media_id,
    media.storage_key AS media_key, media.kind AS media_kind, media.filename, media.duration_seconds,
    job.engine, job.model, job.language, job.mode, job.min_speakers, job.max_speakers, job.features
FROM stage, job, media WHERE media.id = job.media_id
"""


async def claim(stage_id: UUID, message_id: UUID, *, worker: str, lease: timedelta) -> Claimed | None:
    """Take the stage if this message is the one it waits for; None where somebody else has it or it is over."""
    row = await db.fetch_one(_CLAIM, stage_id, message_id, worker, lease)
    if row is None:
        return None
    done = await db.fetch(
        "SELECT name, result FROM stages WHERE job_id = $1 AND status = 'completed' AND result IS NOT NULL",
        row["job_id"],
    )
    values: dict[str, Any] = dict(row)
    values.update(name=StageName(row["name"]), kind=JobKind(row["kind"]))
    return Claimed(**values, results={each["name"]: each["result"].encode() for each in done})


async def renew(stage: Claimed, *, fraction: float, lease: timedelta) -> int | None:
    """Keep the stage and note its progress (0 to 1); returns the job's percent, None where the lease is lost."""
    kept = await db.execute(
        "UPDATE stages SET lease_expires_at = now() + $3::interval, progress = greatest(progress, $4)"
        " WHERE id = $1 AND lease_token = $2 AND status = 'running'",
        stage.stage_id,
        stage.token,
        lease,
        fraction,
    )
    if not kept:
        return None
    percent = job_progress(stage.kind, stage.name, fraction)
    row = await db.fetch_one(
        "UPDATE jobs SET progress = greatest(progress, $2) WHERE id = $1 AND status = 'processing' RETURNING progress",
        stage.job_id,
        percent,
    )
    return None if row is None else int(row["progress"])


async def release(stage: Claimed) -> None:
    """Give the stage back to its queue unfinished, because this worker stops; it costs no attempt."""
    async with db.transaction():
        if not await lock_owned(stage):
            return
        await db.execute("UPDATE stages SET attempts = attempts - 1 WHERE id = $1", stage.stage_id)
        await close_attempt(stage.stage_id, "released")
        message = await enqueue(stage.stage_id, stage.name, priority=stage.priority)
    dispatch.offer([message])


async def lock_owned(stage: Claimed) -> bool:
    """Lock the job, then say whether this worker still owns the stage; call it in a transaction."""
    await db.execute("SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE", stage.job_id)
    row = await db.fetch_one(
        "SELECT 1 FROM stages WHERE id = $1 AND lease_token = $2 AND status = 'running' FOR UPDATE",
        stage.stage_id,
        stage.token,
    )
    return row is not None


async def close_attempt(stage_id: UUID, outcome: str, *, engine: str | None = None) -> None:
    """Close the stage's running attempt with ``outcome``."""
    await db.execute(
        "UPDATE attempts SET outcome = $2, engine = $3, finished_at = now()"
        " WHERE stage_id = $1 AND outcome = 'running'",
        stage_id,
        outcome,
        engine,
    )
