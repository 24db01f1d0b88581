"""What PostgreSQL must say when all is over: each check is a query for what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reelscribe.platform import db

from .checks import Found


@dataclass(frozen=True)
class Check:
    """``wrong`` selects what is wrong, with its ``job_id`` where it is about a job; ``all`` counts what there is."""

    name: str
    all: str
    wrong: str


# Clips that are made anew are a run without a transcript of its own.
_WHOLE = "j.kind = 'transcription'"
_JOBS = "SELECT count(*) AS n FROM jobs"
_RUNS = "(SELECT j.*, r.run AS of_run FROM jobs j, generate_series(1, j.run) AS r(run))"

CHECKS = (
    Check(
        "every job has ended",
        _JOBS,
        "SELECT id AS job_id, status, stage, admitted_at FROM jobs"
        " WHERE status NOT IN ('completed', 'failed', 'cancelled')",
    ),
    Check(
        "a completed job has exactly one transcript of its last run",
        f"SELECT count(*) AS n FROM jobs j WHERE status = 'completed' AND {_WHOLE}",
        "SELECT j.id AS job_id, j.run, count(t.id) AS transcripts FROM jobs j LEFT JOIN transcripts t"
        " ON t.job_id = j.id AND t.run = j.run AND t.origin = 'engine'"
        f" WHERE j.status = 'completed' AND {_WHOLE} GROUP BY j.id HAVING count(t.id) <> 1",
    ),
    Check(
        "no other run of a job has a transcript",
        f"SELECT coalesce(sum(run), 0) AS n FROM jobs j WHERE {_WHOLE}",
        "SELECT j.id AS job_id, j.status, j.run, t.run AS of_run FROM jobs j JOIN transcripts t"
        f" ON t.job_id = j.id AND t.origin = 'engine' WHERE (t.run <> j.run OR j.status <> 'completed') AND {_WHOLE}",
    ),
    Check(
        "a job that failed has a dead letter of its last run, and no other job has one that is open",
        "SELECT count(*) AS n FROM jobs WHERE status = 'failed'",
        "SELECT j.id AS job_id, j.status, j.run, d.run AS of_run, d.status AS letter FROM jobs j"
        " LEFT JOIN dead_letters d ON d.job_id = j.id AND d.run = j.run"
        " WHERE (j.status = 'failed') <> (d.id IS NOT NULL)"
        " OR (d.id IS NOT NULL AND d.status <> 'open') UNION ALL"
        " SELECT job_id, 'an earlier run', 0, run, status FROM dead_letters d"
        " WHERE status = 'open' AND run <> (SELECT run FROM jobs WHERE id = d.job_id)",
    ),
    Check(
        "every run has exactly one hold, and exactly one capture or release",
        "SELECT coalesce(sum(run), 0) AS n FROM jobs",
        f"SELECT j.id AS job_id, j.of_run, count(*) FILTER (WHERE e.kind = 'hold') AS holds,"
        " count(*) FILTER (WHERE e.kind IN ('capture', 'release')) AS ends"
        f" FROM {_RUNS} j LEFT JOIN credit_entries e ON e.job_id = j.id AND e.run = j.of_run"
        " GROUP BY j.id, j.of_run HAVING count(*) FILTER (WHERE e.kind = 'hold') <> 1"
        " OR count(*) FILTER (WHERE e.kind IN ('capture', 'release')) <> 1",
    ),
    Check(
        "a job was charged once if it was completed, else never, and what it says is what was taken",
        _JOBS,
        "SELECT j.id AS job_id, j.status, j.credits_charged, j.credits_held, count(e.id) AS captures FROM jobs j"
        " LEFT JOIN credit_entries e ON e.job_id = j.id AND e.kind = 'capture' GROUP BY j.id"
        " HAVING count(e.id) <> CASE WHEN j.status = 'completed' THEN 1 ELSE 0 END"
        " OR j.credits_charged <> -coalesce(sum(e.balance_delta), 0) OR j.credits_held <> 0",
    ),
    Check(
        "every account is the sum of its ledger, and nothing is held",
        "SELECT count(*) AS n FROM credit_accounts",
        "SELECT a.user_id, a.balance, a.held, sum(e.balance_delta) AS entries, sum(e.held_delta) AS held_entries"
        " FROM credit_accounts a JOIN credit_entries e ON e.user_id = a.user_id GROUP BY a.id"
        " HAVING a.balance <> sum(e.balance_delta) OR a.held <> sum(e.held_delta) OR a.held <> 0",
    ),
    Check(
        "no attempt runs any more",
        "SELECT count(*) AS n FROM attempts",
        "SELECT s.job_id, s.name, a.run, a.number, a.worker FROM attempts a JOIN stages s ON s.id = a.stage_id"
        " WHERE a.outcome = 'running'",
    ),
    Check(
        "no step succeeded twice in one run",
        "SELECT count(*) AS n FROM attempts WHERE outcome = 'succeeded'",
        "SELECT s.job_id, s.name, a.run, count(*) AS times FROM attempts a JOIN stages s ON s.id = a.stage_id"
        " WHERE a.outcome = 'succeeded' AND s.clip_id IS NULL GROUP BY s.job_id, s.name, a.run HAVING count(*) > 1",
    ),
    Check(
        "no step is queued or running; what was completed has done all its steps",
        "SELECT count(*) AS n FROM stages",
        "SELECT s.job_id, s.name, s.status, j.status AS job FROM stages s JOIN jobs j ON j.id = s.job_id"
        " WHERE s.status IN ('queued', 'running') OR (s.status = 'waiting' AND j.status IN ('completed', 'cancelled'))",
    ),
    Check(
        "the outbox is empty",
        "SELECT count(*) AS n FROM stages",
        "SELECT s.job_id, o.message_id, o.queue, o.due_at FROM outbox o JOIN stages s ON s.id = o.stage_id",
    ),
    Check(
        "no piece of an ended job is leased, and none of a done transcription is kept",
        "SELECT count(*) AS n FROM jobs j JOIN media m ON m.id = j.media_id WHERE m.duration_seconds > 15",
        "SELECT s.job_id, c.position, c.worker, c.finished_at, s.status FROM stage_chunks c"
        " JOIN stages s ON s.id = c.stage_id WHERE c.lease_token IS NOT NULL"
        " OR s.status = 'completed'",
    ),
    Check(
        "every request with an Idempotency-Key has its answer",
        "SELECT count(*) AS n FROM idempotency_keys",
        "SELECT user_id, key FROM idempotency_keys WHERE response IS NULL",
    ),
    Check(
        "no recording was stored twice",
        "SELECT count(*) AS n FROM media WHERE deleted_at IS NULL",
        "SELECT user_id, filename, count(*) AS times FROM media WHERE deleted_at IS NULL"
        " GROUP BY user_id, filename HAVING count(*) > 1",
    ),
)


async def look(checks: Sequence[Check] = CHECKS) -> list[Found]:
    """Do all checks."""
    return [await _look(check) for check in checks]


async def _look(check: Check) -> Found:
    counted = await db.fetch_one(check.all)
    assert counted is not None
    rows = await db.fetch(check.wrong)
    told = [" ".join(f"{name}={value}" for name, value in row.items()) for row in rows]
    return Found(check.name, int(counted["n"]), told, [row["job_id"] for row in rows if "job_id" in row])
