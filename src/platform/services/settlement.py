"""How jobs end: completed, failed or cancelled, each once, with the credits settled in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import msgspec

from .. import db, events
from ..domain import extras, features, fingerprint, pricing
from ..domain.lifecycle import JobKind, StageName
from ..queue import dispatch
from ..queue.dispatch import Outgoing
from . import admission, credits, job_views
from .clips import renders
from .dead_letters import filters
from .failure import Failure
from .job_views import JobError, Warned

Told = Sequence[tuple[events.EventType, object]]


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What is left to do after the commit: messages to push and events to tell."""

    user_id: UUID
    job_id: UUID
    messages: list[Outgoing] = field(default_factory=list)
    told: Told = ()

    async def announce(self) -> None:
        """Push and tell; both may be lost, the tables already hold the truth."""
        dispatch.offer(self.messages)
        for kind, data in self.told:
            await events.publish(kind, self.user_id, self.job_id, _with_id(data, self.job_id))


def _with_id(data: object, job_id: UUID) -> dict[str, object]:
    # Through JSON: a job's view holds raw JSON, which only the encoder can join.
    values = msgspec.json.decode(msgspec.json.encode(data), type=dict[str, object])
    return {"job_id": str(job_id), **values}


async def complete_job(job_id: UUID, *, told: Told = ()) -> Aftermath:
    """Complete the locked job and capture what it used: never more than was held; a later run costs nothing more."""
    job = await db.fetch_one(_USED, job_id)
    assert job is not None, "the caller has locked the job"  # noqa: S101 - invariant
    charge = Decimal(0) if job["was_completed"] else min(job["credits_held"], _price(job))
    kind = "release" if job["was_completed"] else "capture"
    row = await db.fetch_one(_COMPLETE, job_id, job["user_id"], kind, job["run"], job["credits_held"], charge)
    assert row is not None, "every user has an account"  # noqa: S101 - invariant
    return await _ended(row, events.EventType.COMPLETED, told)


async def fail_job(job_id: UUID, stage_id: UUID, stage: StageName, failure: Failure) -> Aftermath:
    """Fail the locked job, release its hold and leave a dead letter.

    A job that was completed before stays so, whatever a later run was to add to it. Renderings beside the failed stage
    are stopped: nobody may write to a job that is over.
    """
    problem = failure.problem(stage)
    await _stop_stages(job_id, _STOPPED_BY_FAILURE, but_waiting=True)
    if await _was_completed(job_id):
        lost = Warned(code=problem.code, stage=stage, message=f"The new run failed: {problem.message}")
        return await _stay_completed(job_id, lost)
    row = await _end(job_id, "failed", error=msgspec.json.encode(problem).decode())
    await _release(job_id, row)
    await db.execute(
        _DEAD_LETTER,
        job_id,
        stage_id,
        stage.value,
        problem.code,
        failure.error_class,
        problem.message,
        problem.hint,
        fingerprint.fingerprint(failure.error_class, stage.value, problem.message),
        await _search_text(job_id, problem.message),
    )
    return await _aftermath(job_id, events.EventType.FAILED, ())


# ``payload`` is the request, as it could be made again: what a customer chose, so there is no secret in it.
_DEAD_LETTER = """
INSERT INTO dead_letters (job_id, stage_id, user_id, run, stage_name, engine, error_code, error_class, message, hint,
    fingerprint, search_text, payload, kind, priority, worker, attempts)
SELECT $1, $2, j.user_id, j.run, $3, coalesce(j.engine_used, j.engine), $4, $5, $6, $7, $8, $9,
    jsonb_build_object('kind', j.kind, 'media_id', j.media_id, 'engine', j.engine, 'model', j.model,
        'language', j.language, 'mode', j.mode, 'min_speakers', j.min_speakers, 'max_speakers', j.max_speakers,
        'priority', j.priority, 'features', j.features, 'clips', j.clips) || j.options,
    j.kind, j.priority, coalesce(last.worker, ''), coalesce(last.number, 0)
FROM jobs j LEFT JOIN LATERAL (SELECT a.worker, a.number FROM attempts a
    WHERE a.stage_id = $2 AND a.run = j.run ORDER BY a.number DESC LIMIT 1) last ON true
WHERE j.id = $1 ON CONFLICT DO NOTHING
"""


async def _search_text(job_id: UUID, message: str) -> str:
    row = await db.fetch_one(
        "SELECT m.filename, u.email FROM jobs j JOIN media m ON m.id = j.media_id JOIN users u ON u.id = j.user_id"
        " WHERE j.id = $1",
        job_id,
    )
    assert row is not None, "the caller has locked the job"  # noqa: S101 - invariant
    return filters.words(f"{job_id} {row['filename']} {row['email']} {message}")


async def cancel_job(job_id: UUID) -> Aftermath:
    """Cancel the locked, unfinished job: its workers lose their leases, its messages their meaning.

    A job that was completed before stays so: only its new run is cancelled. One that has delivered all it was asked
    for, and only makes a clip anew, is completed: what was delivered is not for nothing.
    """
    await _stop_stages(job_id, _CANCELLED)
    lost = Warned(code="run_cancelled", stage="deliver", message="The new run was cancelled; the first result stays")
    if await _was_completed(job_id):
        return await _stay_completed(job_id, lost)
    if await renders.are_delivered(job_id):
        await _warn(job_id, lost)
        return await complete_job(job_id, told=[(events.EventType.WARNING, lost)])
    row = await _end(job_id, "cancelled")
    await _release(job_id, row)
    return await _aftermath(job_id, events.EventType.CANCELLED, ())


_CANCELLED = JobError(code="cancelled", stage="render", message="The job was cancelled.", hint="Run it again.")
_STOPPED_BY_FAILURE = JobError(
    code="job_failed", stage="render", message="The job failed before this clip was made.", hint="Run it again."
)


async def _stop_stages(job_id: UUID, why: JobError, *, but_waiting: bool = False) -> None:
    """Stop what is on its way; ``but_waiting`` leaves the steps that were never begun, though no renderings."""
    await db.execute(
        "UPDATE attempts SET outcome = 'cancelled', finished_at = now() WHERE outcome = 'running'"
        " AND stage_id IN (SELECT id FROM stages WHERE job_id = $1)",
        job_id,
    )
    await db.execute(
        "UPDATE stages SET status = 'cancelled', lease_token = NULL, lease_expires_at = NULL, finished_at = now()"
        " WHERE job_id = $1 AND (status IN ('queued', 'running')"
        " OR status = 'waiting' AND (clip_id IS NOT NULL OR NOT $2))",
        job_id,
        but_waiting,
    )
    await db.execute("DELETE FROM outbox WHERE stage_id IN (SELECT id FROM stages WHERE job_id = $1)", job_id)
    await renders.stop(job_id, why)


async def _was_completed(job_id: UUID) -> bool:
    row = await db.fetch_one("SELECT 1 FROM credit_entries WHERE job_id = $1 AND kind = 'capture'", job_id)
    return row is not None


async def _stay_completed(job_id: UUID, warning: Warned) -> Aftermath:
    row = await _end(job_id, "completed", progress=100)
    await _release(job_id, row)
    await _warn(job_id, warning)
    told: Told = [(events.EventType.WARNING, warning)]
    return await _aftermath(job_id, events.EventType.COMPLETED, told)


async def _warn(job_id: UUID, warning: Warned) -> None:
    told = msgspec.json.encode([warning]).decode()
    await db.execute("UPDATE jobs SET warnings = warnings || $2::jsonb WHERE id = $1", job_id, told)


async def _end(job_id: UUID, status: str, *, progress: int | None = None, error: str | None = None) -> db.Row:
    row = await db.fetch_one(
        "UPDATE jobs SET status = $2, progress = coalesce($3, progress), error = $4, finished_at = now()"
        " WHERE id = $1 RETURNING user_id, run, credits_held",
        job_id,
        status,
        progress,
        error,
    )
    assert row is not None, "the caller has locked the job"  # noqa: S101 - invariant
    return row


async def _release(job_id: UUID, row: db.Row) -> None:
    await credits.release(row["user_id"], job_id, run=row["run"], held=row["credits_held"])
    await db.execute("UPDATE jobs SET credits_held = 0 WHERE id = $1", job_id)


# What the price of the work that was really done depends on. A damaged recording may hold less than it promised.
_USED = """
SELECT j.user_id, j.run, j.credits_held, j.kind, coalesce(t.result->>'language', j.language) AS language,
    j.features, m.duration_seconds, (s.result->>'duration_seconds')::float8 AS decoded,
    coalesce(t.result->'features_done', '[]') || coalesce(a.result->'features_done', '[]') AS done,
    EXISTS (SELECT 1 FROM credit_entries WHERE job_id = j.id AND kind = 'capture') AS was_completed
FROM jobs j JOIN media m ON m.id = j.media_id JOIN stages s ON s.job_id = j.id AND s.name = 'ingest'
LEFT JOIN stages t ON t.job_id = j.id AND t.name = 'transcribe' AND t.status = 'completed'
LEFT JOIN stages a ON a.job_id = j.id AND a.name = 'analyse' AND a.status = 'completed'
WHERE j.id = $1
"""

# The job's end, the ledger's entry and the account's sums, in one round trip.
_COMPLETE = f"""
WITH account AS (
    UPDATE credit_accounts SET balance = balance - $6, held = held - $5 WHERE user_id = $2
    RETURNING balance, held
), entry AS (
    INSERT INTO credit_entries (user_id, job_id, kind, run, balance_delta, held_delta)
    SELECT $2, $1, $3, $4, -$6::numeric, -$5::numeric FROM account
), j AS (
    UPDATE jobs SET status = 'completed', progress = 100, error = NULL, finished_at = now(), credits_held = 0,
        credits_charged = credits_charged + $6
    WHERE id = $1 RETURNING *
)
SELECT {job_views.COLUMNS}, j.user_id, account.balance, account.held AS account_held FROM j, account
"""  # noqa: S608 - constants


def _price(job: db.Row) -> Decimal:
    """Return the price of what was really done: no extra that nobody delivered (the job carries a warning for each)."""
    known = [each for each in (job["duration_seconds"], job["decoded"]) if each is not None]
    seconds = None if job["duration_seconds"] is None else min(known)
    wanted = features.parse(msgspec.json.decode(job["features"]))
    done = msgspec.json.decode(job["done"], type=frozenset[str])
    price = pricing.quote(
        kind=JobKind(job["kind"]),
        duration_seconds=seconds,
        language=job["language"],
        features=extras.charged(wanted, done, job["language"]),
    )
    return price.total


async def _aftermath(job_id: UUID, kind: events.EventType, told: Told) -> Aftermath:
    row = await db.fetch_one(
        f"SELECT {job_views.COLUMNS}, j.user_id, a.balance, a.held AS account_held"  # noqa: S608 - constant
        " FROM jobs j JOIN credit_accounts a ON a.user_id = j.user_id WHERE j.id = $1",
        job_id,
    )
    assert row is not None, "the caller has locked the job"  # noqa: S101 - invariant
    return await _ended(row, kind, told)


async def _ended(row: db.Row, kind: events.EventType, told: Told) -> Aftermath:
    """Say what follows from a job that has just ended; ``row`` is the job with the sums of its user's account."""
    values = dict(row)
    user_id, balance, held = (values.pop(name) for name in ("user_id", "balance", "account_held"))
    sums = credits.Balance(balance=balance, held=held, available=balance - held)
    return Aftermath(
        user_id=user_id,
        job_id=values["id"],
        messages=await admission.admit(user_id),
        told=[*told, (events.EventType.CREDITS, sums), (kind, job_views.of_row(values))],
    )
