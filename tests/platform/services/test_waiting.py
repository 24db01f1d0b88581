"""Each reason for which a job does not move is told to its owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
from reelscribe.platform import db
from reelscribe.platform.services import controls, runs, stages, waiting

from .factories import identity, job, waiting_message

pytestmark = pytest.mark.usefixtures("database", "redis")


@pytest.fixture(autouse=True)
async def worker(database):
    await db.execute("INSERT INTO workers (id, queues) VALUES ('w', '{media.normal,engine.normal,media.retry}')")


async def test_a_free_worker(user):
    made = await job(user.id)

    assert await waiting.why(made.id) == "Waiting for a free worker"


async def test_another_job_of_the_user(user):
    await db.execute("UPDATE users SET max_jobs_at_once = 1 WHERE id = $1", user.id)
    await job(user.id)
    held = await job(user.id)

    assert "one of your other jobs" in str(await waiting.why(held.id))


async def test_a_pause(user, admin):
    made = await job(user.id)
    await controls.stop(identity(admin.id), "media", state="paused", reason="new disk")

    assert "Paused" in str(await waiting.why(made.id))


async def test_an_engine_that_rests(user):
    made = await job(user.id)
    await db.execute("UPDATE stages SET queue = 'engine.normal' WHERE job_id = $1 AND status = 'queued'", made.id)
    await db.execute("INSERT INTO breakers (engine, state, opened_until) VALUES ('stub', 'open', now())")

    assert "'stub' keeps failing" in str(await waiting.why(made.id))


async def test_the_next_try(user):
    made = await job(user.id)
    await db.execute("UPDATE stages SET due_at = '2100-01-01T03:04:05Z' WHERE job_id = $1", made.id)

    assert await waiting.why(made.id) == "The last try failed; the next one begins at 03:04:05 UTC"


async def test_a_worker_that_is_missing(user):
    made = await job(user.id)
    await db.execute("DELETE FROM workers")

    assert "No worker is running" in str(await waiting.why(made.id))


async def test_nothing_while_it_is_worked_on_and_after_its_end(user):
    made = await job(user.id)
    await stages.claim(*await waiting_message(made.id), worker="w", lease=timedelta(seconds=9))
    during = await waiting.why(made.id)

    await runs.cancel(identity(user.id), made.id)

    assert (during, await waiting.why(made.id)) == (None, None)
