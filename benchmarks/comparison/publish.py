"""Make the comparison's jobs and send their messages: ``python -m benchmarks.comparison.publish USERS EACH``.

The rows are made in bulk, which is not measured; then each stage's message is sent by Celery, and the CPU seconds
of sending are printed.
"""

from __future__ import annotations

import secrets
import sys
import time

from sqlalchemy import text

from .models import Base
from .worker import engine, ingest

# The same rows as in ``benchmarks.seed``.
_ROWS = """
WITH u AS (
    INSERT INTO users (id, email, role, max_priority)
    SELECT gen_random_uuid(), :mark || nr || '@example.com', 'user', 'high' FROM generate_series(1, :users) AS nr
    RETURNING id
), account AS (
    INSERT INTO credit_accounts (user_id, balance, held) SELECT id, 1000000, :each * 1.5 FROM u
), m AS (
    INSERT INTO media (id, user_id, filename, kind, duration_seconds)
    SELECT gen_random_uuid(), id, 'talk.mp4', 'video', 90 FROM u RETURNING id, user_id
), j AS (
    INSERT INTO jobs (id, user_id, media_id, kind, status, stage, progress, priority, engine, language, mode,
        features, warnings, attempts, credits_quoted, credits_held, credits_charged)
    SELECT gen_random_uuid(), m.user_id, m.id, 'transcription', 'pending', 'ingest', 0, 'normal', 'stub', 'en', 'mono',
        '{}', '[]', 0, 1.5, 1.5, 0
    FROM generate_series(1, :each) AS nr, m ORDER BY nr, m.user_id RETURNING id, user_id
), entry AS (
    INSERT INTO credit_entries (user_id, job_id, kind, balance_delta, held_delta)
    SELECT user_id, id, 'hold', 0, 1.5 FROM j
)
INSERT INTO stages (id, job_id, name, position, status)
SELECT gen_random_uuid(), id, 'ingest', 0, 'queued' FROM j RETURNING id
"""


def main() -> None:
    """Make and send; prints the CPU seconds that sending took."""
    Base.metadata.create_all(engine)
    users, each = map(int, sys.argv[1:])
    with engine.begin() as connection:
        values = {"users": users, "each": each, "mark": secrets.token_hex(8)}
        stages = [str(stage_id) for stage_id in connection.scalars(text(_ROWS), values)]
    begin = time.process_time()
    for stage_id in stages:
        ingest.delay(stage_id)
    print(time.process_time() - begin)


if __name__ == "__main__":
    main()
