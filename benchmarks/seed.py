"""Users and jobs of one stage, straight into our tables: what is measured is how jobs are done, not how they are made.

The rows are those that ``services.jobs.create`` writes for a job that finds a free place: job, one queued stage,
hold, account and outbox.
"""

from __future__ import annotations

from uuid import UUID

import asyncpg

_USERS = """
WITH u AS (
    INSERT INTO users (email) SELECT 'seed' || gen_random_uuid() || '@example.com' FROM generate_series(1, $1)
    RETURNING id
), account AS (
    INSERT INTO credit_accounts (user_id, balance) SELECT id, 1000000 FROM u
), entry AS (
    INSERT INTO credit_entries (user_id, kind, balance_delta) SELECT id, 'grant', 1000000 FROM u
), m AS (
    INSERT INTO media (user_id, filename, storage_key, size_bytes, kind, duration_seconds)
    SELECT id, 'talk.mp4', 'seed/' || id, 1, 'video', 90 FROM u
) SELECT id FROM u
"""

# $1: users, $2: jobs of each, $3: price, $4: priority. The users' jobs alternate.
_JOBS = """
WITH j AS (
    INSERT INTO jobs (user_id, media_id, kind, engine, language, mode, priority, credits_quoted, credits_held,
        admitted_at)
    SELECT m.user_id, m.id, 'transcription', 'stub', 'en', 'mono', $4, $3, $3, now()
    FROM generate_series(1, $2) AS nr, media m WHERE m.user_id = ANY($1) ORDER BY nr, m.user_id
    RETURNING id, user_id
), account AS (
    UPDATE credit_accounts SET held = held + $2 * $3 WHERE user_id = ANY($1)
), entry AS (
    INSERT INTO credit_entries (user_id, job_id, kind, held_delta) SELECT user_id, id, 'hold', $3 FROM j
), stage AS (
    INSERT INTO stages (job_id, name, position, status, queue, due_at, message_id)
    SELECT id, 'ingest', 0, 'queued', 'media.' || $4, now(), gen_random_uuid() FROM j
    RETURNING id, message_id, name, queue
)
INSERT INTO outbox (stage_id, message_id, task, queue) SELECT id, message_id, name, queue FROM stage
"""


async def users(connection: asyncpg.Connection, count: int) -> list[UUID]:
    """Make users with an account and a recording each; returns their ids."""
    return [row["id"] for row in await connection.fetch(_USERS, count)]


async def jobs(connection: asyncpg.Connection, owners: list[UUID], each: int, *, priority: str = "normal") -> None:
    """Queue ``each`` jobs for every one of ``owners``; the scheduler finds their messages in the outbox."""
    await connection.execute(_JOBS, owners, each, 1.5, priority)
