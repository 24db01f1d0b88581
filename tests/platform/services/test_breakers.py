"""An engine that keeps failing rests; its stages wait and use no attempt; one of them tries it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.lifecycle import StageName
from reelscribe.platform.errors import (
    BadMedia,
    EngineFailed,
    EngineUnavailable,
    NotFound,
    StageFailed,
    StorageFull,
    TimeLimitReached,
    Unavailable,
)
from reelscribe.platform.queue import dispatch
from reelscribe.platform.services import breakers, failure, runs, stages
from reelscribe.platform.services.stages import Claimed, Finished
from reelscribe.platform.settings import current

from .factories import identity, job, waiting_message

LEASE = timedelta(seconds=30)
DONE = Finished(result=b"{}")
ENGINE = "stub"

pytestmark = pytest.mark.usefixtures("database", "redis")


async def at_the_engine(user_id: UUID) -> UUID:
    """A job whose transcription waits in its queue."""
    made = await job(user_id, engine=ENGINE)
    for _ in range(2):
        claimed = await claim(made.id)
        assert claimed is not None
        await stages.finish(claimed, DONE)
    return made.id


async def claim(job_id: UUID) -> Claimed | None:
    stage_id, message_id = await waiting_message(job_id)
    return await stages.claim(stage_id, message_id, worker="w", lease=LEASE)


async def fail(job_id: UUID, error: Exception | None = None) -> None:
    claimed = await claim(job_id)
    assert claimed is not None
    assert claimed.name is StageName.TRANSCRIBE
    await stages.fail(claimed, failure.of(error or EngineFailed("it fell over")))


async def breaker() -> db.Row | None:
    return await db.fetch_one("SELECT *, opened_until - now() AS rest FROM breakers WHERE engine = $1", ENGINE)


async def state() -> str | None:
    row = await breaker()
    return None if row is None else row["state"]


async def open_it(user_id: UUID) -> list[UUID]:
    """Let it rest; returns the jobs that failed."""
    jobs = [await at_the_engine(user_id) for _ in range(current().breaker_failures)]
    for each in jobs:
        await fail(each)
    assert await state() == "open"
    return jobs


async def end_rest() -> None:
    await db.execute("UPDATE breakers SET opened_until = now() - interval '1 second'")
    await db.execute("UPDATE stages SET due_at = now() - interval '10 seconds' WHERE status = 'queued'")
    await db.execute("DELETE FROM outbox")


async def attempts(job_id: UUID) -> int:
    row = await db.fetch_one("SELECT attempts FROM stages WHERE job_id = $1 AND name = 'transcribe'", job_id)
    assert row is not None
    return int(row["attempts"])


async def test_well_engine_has_no_row(user):
    made = await at_the_engine(user.id)
    claimed = await claim(made)
    assert claimed is not None

    await stages.finish(claimed, DONE)

    assert await breaker() is None


async def test_failures_of_different_jobs_let_the_engine_rest(user):
    await open_it(user.id)

    row = await breaker()
    assert row is not None
    assert (row["failures"], row["opened_count"], row["last_error"]) == (current().breaker_failures, 1, "it fell over")
    assert timedelta(seconds=current().breaker_seconds - 10) < row["rest"]


async def test_one_bad_job_lets_no_engine_rest(user):
    made = await at_the_engine(user.id)

    for _ in range(current().stage_attempts):
        await fail(made)

    row = await breaker()
    assert row is not None
    assert (row["state"], row["failures"]) == ("closed", 1)


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (EngineFailed("x"), True),
        (Unavailable("x"), True),
        (TimeLimitReached("x"), True),
        (TimeLimitReached("x", done_seconds=300.0), False),
        (BadMedia("x"), False),
        (EngineUnavailable("x"), False),
        (StageFailed("x"), False),
        (StorageFull("x"), False),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_failure_counts_when_it_may_be_the_engines(user, error, counts):
    await fail(await at_the_engine(user.id), error)

    assert (await breaker() is not None) == counts


async def test_success_makes_earlier_failures_forgotten(user):
    await fail(await at_the_engine(user.id))
    claimed = await claim(await at_the_engine(user.id))
    assert claimed is not None

    await stages.finish(claimed, DONE)

    row = await breaker()
    assert row is not None
    assert (row["state"], row["failures"]) == ("closed", 0)


async def test_stage_of_a_resting_engine_waits_without_an_attempt(user):
    waiting = await at_the_engine(user.id)
    await open_it(user.id)

    assert await claim(waiting) is None

    row = await db.fetch_one("SELECT status FROM stages WHERE job_id = $1 AND name = 'transcribe'", waiting)
    assert row is not None
    assert (row["status"], await attempts(waiting)) == ("queued", 0)


async def test_other_steps_and_other_engines_go_on(user):
    await open_it(user.id)
    other = await job(user.id, engine="pocketsphinx")

    for _ in range(2):  # ingest and silence need no engine
        claimed = await claim(other.id)
        assert claimed is not None
        await stages.finish(claimed, DONE)

    assert await claim(other.id) is not None


async def test_exactly_one_of_many_tries_the_engine(user):
    jobs = [await at_the_engine(user.id) for _ in range(3)] + await open_it(user.id)
    await end_rest()

    claims = await asyncio.gather(*(claim(each) for each in jobs))

    assert sum(each is not None for each in claims) == 1
    assert await state() == "half_open"


async def test_success_of_the_probe_closes_it(user):
    jobs = await open_it(user.id)
    await end_rest()
    probe = await claim(jobs[0])
    assert probe is not None
    assert await claim(jobs[1]) is None

    await stages.finish(probe, DONE)

    assert await state() == "closed"
    assert await claim(jobs[1]) is not None


async def test_failure_of_the_probe_doubles_the_rest(user):
    jobs = await open_it(user.id)
    await end_rest()

    await fail(jobs[0])

    row = await breaker()
    assert row is not None
    assert (row["state"], row["opened_count"]) == ("open", 2)
    assert timedelta(seconds=2 * current().breaker_seconds - 10) < row["rest"]


@pytest.mark.parametrize("how", ["bad media", "released", "lost", "silent", "cancelled"])
async def test_probe_that_ends_without_a_verdict_makes_room_for_another(user, how):
    jobs = await open_it(user.id)
    await end_rest()
    probe = await claim(jobs[0])
    assert probe is not None

    if how == "bad media":
        await stages.fail(probe, failure.of(BadMedia("a picture")))
    elif how == "released":
        await stages.release(probe)
    elif how == "lost":
        await db.execute("UPDATE stages SET lease_expires_at = now() - interval '1 s' WHERE status = 'running'")
        assert await stages.rescue_expired() == 1
    elif how == "cancelled":
        await runs.cancel(identity(user.id), jobs[0])
    else:
        await db.execute("UPDATE breakers SET probe_until = now() - interval '1 s'")

    assert await claim(jobs[1]) is not None


async def test_scheduler_queues_nothing_while_the_engine_rests(user):
    waiting = await at_the_engine(user.id)
    await open_it(user.id)
    await end_rest()
    await db.execute("UPDATE breakers SET opened_until = now() + interval '1 minute'")
    before = await waiting_message(waiting)

    assert await stages.requeue_lost(older_than=timedelta(0)) == 0
    assert await stages.invite_probes() == 0

    assert await waiting_message(waiting) == before


async def test_scheduler_invites_one_stage_after_the_rest_and_all_after_its_success(user):
    jobs = await open_it(user.id)
    await end_rest()

    assert await stages.invite_probes() == 1
    assert await stages.requeue_lost(older_than=timedelta(0)) == 0

    (invited,) = await db.fetch("SELECT s.job_id FROM outbox o JOIN stages s ON s.id = o.stage_id")
    probe = await claim(invited["job_id"])
    assert probe is not None
    assert await stages.invite_probes() == 0
    await stages.finish(probe, DONE)
    assert await stages.requeue_lost(older_than=timedelta(0)) == len(jobs) - 1


async def test_scheduler_leaves_a_probe_that_is_on_its_way(user, redis):
    await open_it(user.id)
    await end_rest()
    await stages.invite_probes()
    await dispatch.push_due(older_than=timedelta(0))

    assert await stages.invite_probes() == 0


async def test_admin_resets_it_by_hand_once(user, admin):
    jobs = await open_it(user.id)
    who = identity(admin.id)

    assert await breakers.reset(who, ENGINE, reason="the key was renewed") is True
    assert await breakers.reset(who, ENGINE) is False

    assert await claim(jobs[0]) is not None
    (line,) = await db.fetch("SELECT * FROM audit_log")
    assert (line["action"], line["subject_id"], line["reason"]) == ("breaker.reset", ENGINE, "the key was renewed")
    assert line["actor_id"] == admin.id


async def test_reset_of_an_unknown_engine_is_refused_and_of_a_well_one_is_nothing(admin):
    assert await breakers.reset(identity(admin.id), ENGINE) is False

    with pytest.raises(NotFound):
        await breakers.reset(identity(admin.id), "abacus")


async def test_late_invitation_lets_nobody_else_try_the_engine(user):
    jobs = await open_it(user.id)
    await end_rest()
    assert await claim(jobs[0]) is not None  # quicker than the note of its invitation

    await breakers.note_invitation(ENGINE)

    assert await state() == "half_open"
    assert await claim(jobs[1]) is None


async def test_late_invitation_leaves_a_well_engine_alone(user):
    jobs = await open_it(user.id)
    await end_rest()
    probe = await claim(jobs[0])
    assert probe is not None
    await stages.finish(probe, DONE)

    await breakers.note_invitation(ENGINE)

    assert await state() == "closed"
