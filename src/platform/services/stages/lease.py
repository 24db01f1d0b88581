"""Claim a stage, keep it, give it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from ... import db
from ...domain import clips as job_clips
from ...domain import features
from ...domain import options as job_options
from ...domain.clips import ClipsWanted
from ...domain.features import Features
from ...domain.lifecycle import JobKind, StageName, job_progress
from ...domain.options import AUTO, Options
from ...queue import dispatch
from ...queue.tasks import TASKS
from .. import breakers
from ..enqueue import enqueue


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that this worker owns, with what it needs to know of the job.

    ``token`` fences every write; ``results`` are the raw JSON checkpoints of the earlier stages by name;
    ``duration_seconds`` is None for text; ``features`` is the JSON that the customer gave. ``time_factor`` is how
    many times the usual time limit an administrator gave the job. ``clip_id``: the clip that a ``render`` makes.
    ``has_analysis``: a language model reads the text
    later on, which jobs of an older version do without.
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
    time_factor: float = 1.0
    options: Options = Options()
    engine_used: str | None = None
    has_analysis: bool = False
    clip_id: UUID | None = None
    clips: ClipsWanted = ClipsWanted()

    @property
    def wanted(self) -> Features:
        """The features that the customer asked for."""
        return features.parse(msgspec.json.decode(self.features))

    @property
    def blamed(self) -> str:
        """The engine whose breaker hears of this stage's end; none for ``auto``, which is told try by try."""
        if self.engine != AUTO:
            return self.engine
        return "" if self.name is StageName.TRANSCRIBE else self.engine_used or ""

    @property
    def time_limit(self) -> timedelta:
        """How long the stage may take."""
        return TASKS[self.name].time_limit(self.duration_seconds or 0.0) * self.time_factor

    @property
    def soft_limit(self) -> timedelta:
        """After how long it is asked to keep what is done and stop."""
        return TASKS[self.name].soft_limit(self.duration_seconds or 0.0) * self.time_factor


# Whether an admin paused the queue of ``stages s`` or the engine of ``jobs j`` (``controls``). A message that is
# refused for it is gone; ``rescue.requeue_lost`` sends a new one after the pause.
PAUSED = """EXISTS (SELECT 1 FROM queue_controls c WHERE c.state = 'paused' AND (
    c.name IN (s.queue, split_part(s.queue, '.', 1), split_part(s.queue, '.', 2), 'all')
    OR (c.name = 'engine:' || j.engine AND split_part(s.queue, '.', 1) = 'engine')))"""

# The job is locked first, as everywhere; whether the stage still waits is decided on its newest version.
_CLAIM_PROBE = f"""
WITH locked AS (
    SELECT j.id FROM stages s JOIN jobs j ON j.id = s.job_id
    WHERE s.id = $1 AND j.status IN ('pending', 'processing') AND NOT {PAUSED}
    FOR UPDATE OF j
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
), clip AS (
    UPDATE clips SET status = 'rendering' FROM stage WHERE clips.id = stage.clip_id
), attempt AS (
    INSERT INTO attempts (stage_id, run, number, worker)
    SELECT stage.id, job.run, 1 + (SELECT coalesce(max(number), 0) FROM attempts a
        WHERE a.stage_id = stage.id AND a.run = job.run), $3 FROM stage, job
)
SELECT stage.id AS stage_id, stage.name, stage.lease_token AS token, stage.attempts AS attempt,
    stage.max_attempts, job.run, job.id AS job_id, job.user_id, job.kind, job.priority, job.media_id,
    media.storage_key AS media_key, media.kind AS media_kind, media.filename, media.duration_seconds,
    job.engine, job.model, job.language, job.mode, job.min_speakers, job.max_speakers, job.features,
    job.time_factor, job.options, job.engine_used, stage.clip_id, job.clips,
    EXISTS (SELECT 1 FROM stages a WHERE a.job_id = job.id AND a.name = 'analyse') AS has_analysis,
    (SELECT jsonb_object_agg(done.name, done.result) FROM stages done
        WHERE done.job_id = job.id AND done.status = 'completed' AND done.result IS NOT NULL AND done.clip_id IS NULL
    ) AS results
FROM stage, job, media WHERE media.id = job.media_id
"""  # noqa: S608 - constants
_CLAIM = _CLAIM_PROBE.replace(PAUSED, f"{PAUSED} AND NOT {breakers.RESTS}")

_MEETS_A_RESTING_ENGINE = f"""
SELECT 1 FROM stages s JOIN jobs j ON j.id = s.job_id
WHERE s.id = $1 AND s.message_id = $2 AND s.status = 'queued' AND {breakers.RESTS} AND NOT {PAUSED}
"""  # noqa: S608 - constants


async def claim(stage_id: UUID, message_id: UUID, *, worker: str, lease: timedelta) -> Claimed | None:
    """Take the stage if this message is the one it waits for; None where somebody else has it or it is over."""
    row = await db.fetch_one(_CLAIM, stage_id, message_id, worker, lease)
    if row is None:
        row = await _claim_as_probe(stage_id, message_id, worker, lease)
    if row is None:
        return None
    values: dict[str, Any] = dict(row)
    results = msgspec.json.decode(values.pop("results") or "{}", type=dict[str, msgspec.Raw])
    values.update(name=StageName(row["name"]), kind=JobKind(row["kind"]), options=job_options.parse(row["options"]))
    values["clips"] = job_clips.parse(row["clips"])
    return Claimed(**values, results={name: bytes(result) for name, result in results.items()})


async def _claim_as_probe(stage_id: UUID, message_id: UUID, worker: str, lease: timedelta) -> db.Row | None:
    """Take a stage whose engine rests if it is the one that may try the engine now."""
    if await db.fetch_one(_MEETS_A_RESTING_ENGINE, stage_id, message_id) is None:
        return None
    async with db.transaction():
        await db.execute("SELECT 1 FROM jobs WHERE id = (SELECT job_id FROM stages WHERE id = $1) FOR UPDATE", stage_id)
        still = await db.fetch_one(_MEETS_A_RESTING_ENGINE, stage_id, message_id)
        if still is None or not await breakers.admit_probe(stage_id):
            return None
        return await db.fetch_one(_CLAIM_PROBE, stage_id, message_id, worker, lease)


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
    whole = fraction if stage.clip_id is None else await _of_all_clips(stage.job_id)
    percent = job_progress(stage.kind, stage.name, whole)
    row = await db.fetch_one(
        "UPDATE jobs SET progress = greatest(progress, $2) WHERE id = $1 AND status = 'processing' RETURNING progress",
        stage.job_id,
        percent,
    )
    return None if row is None else int(row["progress"])


async def _of_all_clips(job_id: UUID) -> float:
    """Return how much of all renderings together is done, 0 to 1."""
    row = await db.fetch_one(
        "SELECT avg(CASE WHEN status IN ('waiting', 'queued', 'running') THEN progress ELSE 1 END) AS done FROM stages"
        " WHERE job_id = $1 AND clip_id IS NOT NULL AND status <> 'skipped'",
        job_id,
    )
    return float(row["done"] or 0.0) if row else 0.0


async def goes_on(stage: Claimed) -> bool:
    """Return whether the job of a lost stage is not over: another worker has the stage."""
    row = await db.fetch_one("SELECT 1 FROM jobs WHERE id = $1 AND status IN ('pending', 'processing')", stage.job_id)
    return row is not None


async def release(stage: Claimed) -> None:
    """Give the stage back to its queue unfinished, because this worker stops; it costs no attempt."""
    async with db.transaction():
        if not await lock_owned(stage):
            return
        await db.execute("UPDATE stages SET attempts = attempts - 1 WHERE id = $1", stage.stage_id)
        await close_attempt(stage.stage_id, "released")
        await breakers.end_probe(stage.blamed, stage.job_id)
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
