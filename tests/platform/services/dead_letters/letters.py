"""Very many dead letters as rows, made by PostgreSQL itself within seconds.

Their values go round in cycles, so that a test can say how many of them a filter finds: of each ten letters, one
has the kind clips; stages, engines, codes, priorities and workers repeat every 3, 2, 5, 4 and 8 letters.
"""

from __future__ import annotations

from reelscribe.platform import db

KINDS = ["transcription"] * 9 + ["clips"]
STAGES = ["transcribe", "ingest", "align"]
ENGINES = ["stub", "pocketsphinx"]
CODES = ["engine_failed", "media_failed", "time_limit", "worker_lost", "engine_unavailable"]
PRIORITIES = ["normal", "high", "low", "critical"]
WORKERS = [f"worker-{number}" for number in range(8)]

_USERS = """
INSERT INTO users (email) SELECT 'owner' || n || '@example.test' FROM generate_series(0, $1::int - 1) n
ON CONFLICT (email) DO NOTHING
"""
_ACCOUNTS = "INSERT INTO credit_accounts (user_id) SELECT id FROM users ON CONFLICT DO NOTHING"

# $1: how many, $2: of how many users, $3: how many causes, $4: seconds from one to the next, the latest now.
_LETTERS = """
WITH n AS (
    SELECT n, gen_random_uuid() AS media_id, gen_random_uuid() AS job_id, gen_random_uuid() AS stage_id,
        u.id AS user_id, u.email, n % $3::int AS cause, 'lecture-' || n || '.mp4' AS filename,
        now() - ($1 - 1 - n) * $4::float8 * interval '1 second' AS at
    FROM generate_series(0, $1::int - 1) n JOIN users u ON u.email = 'owner' || n % $2::int || '@example.test'
), m AS (
    INSERT INTO media (id, user_id, filename, storage_key, size_bytes, sha256, content_type, kind, duration_seconds)
    SELECT media_id, user_id, filename, 'series/' || media_id, 10, repeat('0', 64), 'video/mp4', 'video', 60 FROM n
), j AS (
    INSERT INTO jobs (id, user_id, media_id, kind, engine, priority, status, stage, error, created_at, finished_at)
    SELECT job_id, user_id, media_id, ($5::text[])[1 + n % 10], ($7::text[])[1 + n % 2], ($9::text[])[1 + n % 4],
        'failed', ($6::text[])[1 + n % 3], '{"code": "x", "stage": "x", "message": "x", "hint": ""}', at, at FROM n
), s AS (
    INSERT INTO stages (id, job_id, name, position, status, attempts, worker, finished_at)
    SELECT stage_id, job_id, ($6::text[])[1 + n % 3], 2, 'failed', 1 + n % 4, ($10::text[])[1 + n % 8], at FROM n
)
INSERT INTO dead_letters (job_id, stage_id, user_id, stage_name, engine, error_code, error_class, message, hint,
    fingerprint, payload, kind, priority, worker, attempts, search_text, created_at)
SELECT job_id, stage_id, user_id, ($6::text[])[1 + n % 3], ($7::text[])[1 + n % 2], ($8::text[])[1 + n % 5],
    'EngineFailed', 'Cause ' || cause || ': the engine gave up after ' || n || ' s', 'Try another engine.',
    md5(cause::text), jsonb_build_object('kind', 'transcription', 'media_id', media_id, 'engine', 'stub', 'model',
        'tiny', 'language', 'en', 'mode', 'mono', 'priority', 'normal', 'features', '{}'::jsonb, 'clips', '{}'::jsonb),
    ($5::text[])[1 + n % 10], ($9::text[])[1 + n % 4], ($10::text[])[1 + n % 8], 1 + n % 4,
    concat_ws(' ', replace(job_id::text, '-', ' '), 'lecture', n, 'mp4 owner' || n % $2, 'example test cause', cause,
        'the engine gave up after', n, 's'), at
FROM n
"""


async def series(count: int, *, users: int = 10, causes: int = 20, seconds_apart: float = 60.0) -> None:
    """Insert ``count`` open letters, the latest now; the first of a round has the first of all values."""
    await db.execute(_USERS, users)
    await db.execute(_ACCOUNTS)
    values = (KINDS, STAGES, ENGINES, CODES, PRIORITIES, WORKERS)
    await db.execute(_LETTERS, count, users, causes, seconds_apart, *values)
