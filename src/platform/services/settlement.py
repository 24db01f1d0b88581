"""How jobs end: completed, failed or cancelled, each once, with the credits settled in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import msgspec

from .. import db, events
from ..domain import fingerprint, pricing
from ..domain.features import Features
from ..domain.lifecycle import JobKind, StageName
from ..queue import dispatch
from ..queue.dispatch import Outgoing
from . import credits, job_views
from .failure import Failure
from .job_views import Warned

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
    """Complete the locked job and capture what it used: never more than was held."""
    row = await _end(job_id, "completed", progress=100)
    held = row["credits_held"]
    if await _was_completed(job_id):  # a later run costs nothing more
        charge = Decimal(0)
        await credits.release(row["user_id"], job_id, run=row["run"], held=held)
    else:
        charge = min(held, await _used(job_id))
        await credits.capture(row["user_id"], job_id, run=row["run"], held=held, charge=charge)
    await db.execute(
        "UPDATE jobs SET credits_held = 0, credits_charged = credits_charged + $2 WHERE id = $1",
        job_id,
        charge,
    )
    return await _aftermath(job_id, row["user_id"], events.EventType.COMPLETED, told)


async def fail_job(job_id: UUID, user_id: UUID, stage_id: UUID, stage: StageName, failure: Failure) -> Aftermath:
    """Fail the locked job, release its hold and leave a dead letter.

    A job that was completed before stays so, whatever a later run was to add to it.
    """
    problem = failure.problem(stage)
    if await _was_completed(job_id):
        lost = Warned(code=problem.code, stage=stage, message=f"The new run failed: {problem.message}")
        return await _stay_completed(job_id, lost)
    row = await _end(job_id, "failed", error=msgspec.json.encode(problem).decode())
    await _release(job_id, row)
    await db.execute(
        "INSERT INTO dead_letters (job_id, stage_id, user_id, run, stage_name, engine, error_code, error_class,"
        " message, hint, fingerprint, payload)"
        " SELECT $1, $2, user_id, run, $3, coalesce(engine_used, engine), $4, $5, $6, $7, $8,"
        " jsonb_build_object('kind', kind, 'media_id', media_id, 'engine', engine, 'model', model, 'language',"
        " language, 'mode', mode, 'min_speakers', min_speakers, 'max_speakers', max_speakers, 'priority', priority,"
        " 'features', features, 'clips', clips) FROM jobs WHERE id = $1 ON CONFLICT DO NOTHING",
        job_id,
        stage_id,
        stage.value,
        problem.code,
        failure.error_class,
        problem.message,
        problem.hint,
        fingerprint.fingerprint(failure.error_class, stage.value, problem.message),
    )
    return await _aftermath(job_id, user_id, events.EventType.FAILED, ())


async def cancel_job(job_id: UUID, user_id: UUID) -> Aftermath:
    """Cancel the locked, unfinished job: its workers lose their leases, its messages their meaning.

    A job that was completed before stays so: only its new run is cancelled.
    """
    await _stop_stages(job_id)
    if await _was_completed(job_id):
        lost = Warned(
            code="run_cancelled", stage="deliver", message="The new run was cancelled; the first result stays"
        )
        return await _stay_completed(job_id, lost)
    row = await _end(job_id, "cancelled")
    await _release(job_id, row)
    return await _aftermath(job_id, user_id, events.EventType.CANCELLED, ())


async def _stop_stages(job_id: UUID) -> None:
    await db.execute(
        "UPDATE attempts SET outcome = 'cancelled', finished_at = now() WHERE outcome = 'running'"
        " AND stage_id IN (SELECT id FROM stages WHERE job_id = $1)",
        job_id,
    )
    await db.execute(
        "UPDATE stages SET status = 'cancelled', lease_token = NULL, lease_expires_at = NULL, finished_at = now()"
        " WHERE job_id = $1 AND status IN ('waiting', 'queued', 'running')",
        job_id,
    )
    await db.execute("DELETE FROM outbox WHERE stage_id IN (SELECT id FROM stages WHERE job_id = $1)", job_id)


async def _was_completed(job_id: UUID) -> bool:
    row = await db.fetch_one("SELECT 1 FROM credit_entries WHERE job_id = $1 AND kind = 'capture'", job_id)
    return row is not None


async def _stay_completed(job_id: UUID, warning: Warned) -> Aftermath:
    row = await _end(job_id, "completed", progress=100)
    await _release(job_id, row)
    await db.execute(
        "UPDATE jobs SET warnings = warnings || $2::jsonb WHERE id = $1",
        job_id,
        msgspec.json.encode([warning]).decode(),
    )
    told: Told = [(events.EventType.WARNING, warning)]
    return await _aftermath(job_id, row["user_id"], events.EventType.COMPLETED, told)


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


async def _used(job_id: UUID) -> Decimal:
    """Return the price of what was really done.

    A damaged recording may hold less than it promised, and features that no engine here offers yet are
    not charged (the job carries a warning for each).
    """
    row = await db.fetch_one(
        "SELECT j.kind, j.language, m.duration_seconds, (s.result->>'duration_seconds')::float8 AS decoded"
        " FROM jobs j JOIN media m ON m.id = j.media_id JOIN stages s ON s.job_id = j.id AND s.name = 'ingest'"
        " WHERE j.id = $1",
        job_id,
    )
    assert row is not None, "the caller has locked the job"  # noqa: S101 - invariant
    known = [each for each in (row["duration_seconds"], row["decoded"]) if each is not None]
    seconds = None if row["duration_seconds"] is None else min(known)
    price = pricing.quote(
        kind=JobKind(row["kind"]), duration_seconds=seconds, language=row["language"], features=Features()
    )
    return price.total


async def _aftermath(job_id: UUID, user_id: UUID, kind: events.EventType, told: Told) -> Aftermath:
    row = await db.fetch_one(f"SELECT {job_views.COLUMNS} FROM jobs j WHERE id = $1", job_id)  # noqa: S608 - constant
    assert row is not None, "the caller has locked the job"  # noqa: S101 - invariant
    balance = await credits.balance(user_id)
    view = job_views.of_row(row)
    return Aftermath(
        user_id=user_id,
        job_id=job_id,
        told=[*told, (events.EventType.CREDITS, balance), (kind, view)],
    )
