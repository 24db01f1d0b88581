"""How many jobs of one user are worked on at once, in every order of events."""

from __future__ import annotations

import asyncio

import pytest
from reelscribe.platform import db
from reelscribe.platform.queue import dispatch
from reelscribe.platform.services import admission, jobs, runs
from reelscribe.platform.settings import current

from .factories import identity, job, media

pytestmark = pytest.mark.usefixtures("database", "redis")


@pytest.fixture(autouse=True)
async def limit(user):
    """Two jobs of the user at once."""
    await db.execute("UPDATE users SET max_jobs_at_once = 2 WHERE id = $1", user.id)


async def in_work(user_id) -> list[str]:
    """Ids of the admitted, unfinished jobs; each must have exactly one stage on its way."""
    rows = await db.fetch(
        "SELECT j.id::text, (SELECT count(*) FROM stages s WHERE s.job_id = j.id AND s.status IN ('queued', 'running'))"
        " AS going FROM jobs j WHERE user_id = $1 AND admitted_at IS NOT NULL"
        " AND status IN ('pending', 'processing') ORDER BY created_at",
        user_id,
    )
    assert all(row["going"] == 1 for row in rows)
    return [row["id"] for row in rows]


async def test_jobs_beyond_the_limit_wait_and_are_not_refused(user):
    made = [await job(user.id) for _ in range(5)]

    assert await in_work(user.id) == [str(each.id) for each in made[:2]]
    assert {(await jobs.get(identity(user.id), each.id)).status for each in made} == {"pending"}


async def test_an_ended_job_makes_room_for_the_next(user):
    made = [await job(user.id) for _ in range(4)]

    await runs.cancel(identity(user.id), made[0].id)

    assert await in_work(user.id) == [str(made[1].id), str(made[2].id)]


async def test_the_best_priority_comes_next_then_the_oldest(user):
    made = [await job(user.id) for _ in range(3)]
    wanted = jobs.NewJob(media_id=await media(user.id), engine="stub", priority="high")
    urgent = await jobs.create(identity(user.id), wanted)

    await runs.cancel(identity(user.id), made[0].id)

    assert await in_work(user.id) == [str(made[1].id), str(urgent.id)]


async def test_parallel_creations_never_exceed_the_limit(user):
    recording = await media(user.id)
    wanted = jobs.NewJob(media_id=recording, engine="stub")

    await asyncio.gather(*(jobs.create(identity(user.id), wanted) for _ in range(20)))

    assert len(await in_work(user.id)) == 2


async def test_parallel_ends_fill_every_place_once(user):
    made = [await job(user.id) for _ in range(8)]

    await asyncio.gather(*(runs.cancel(identity(user.id), each.id) for each in made[:6]))

    assert await in_work(user.id) == [str(made[6].id), str(made[7].id)]


async def test_another_user_is_not_held_up(user, stranger):
    for _ in range(4):
        await job(user.id)

    other = await job(stranger.id)

    assert await in_work(stranger.id) == [str(other.id)]


async def test_a_retried_job_takes_its_turn(user):
    made = [await job(user.id) for _ in range(3)]
    await runs.cancel(identity(user.id), made[0].id)

    await runs.retry(identity(user.id), made[0].id)

    assert await in_work(user.id) == [str(made[1].id), str(made[2].id)]
    assert (await jobs.get(identity(user.id), made[0].id)).status == "pending"


async def test_a_waiting_job_can_be_cancelled(user):
    made = [await job(user.id) for _ in range(3)]

    cancelled = await runs.cancel(identity(user.id), made[2].id)

    assert (cancelled.status, cancelled.credits.held) == ("cancelled", 0)
    assert await in_work(user.id) == [str(made[0].id), str(made[1].id)]


async def test_a_raised_limit_is_filled_by_the_scheduler(user):
    for _ in range(5):
        await job(user.id)
    await db.execute("UPDATE users SET max_jobs_at_once = 4 WHERE id = $1", user.id)

    assert await admission.admit_forgotten() == 2
    assert len(await in_work(user.id)) == 4


async def test_the_setting_holds_where_the_user_has_no_limit(user):
    await db.execute("UPDATE users SET max_jobs_at_once = NULL WHERE id = $1", user.id)

    for _ in range(current().user_jobs_at_once + 3):
        await job(user.id)

    assert len(await in_work(user.id)) == current().user_jobs_at_once


async def test_the_next_job_is_offered_to_redis(user):
    await dispatch.start()
    made = [await job(user.id) for _ in range(3)]

    await runs.cancel(identity(user.id), made[0].id)
    await dispatch.stop()

    assert await db.fetch("SELECT 1 FROM outbox") == []


async def test_no_plan_of_the_database_admits_too_many(user):
    for _ in range(6):
        await job(user.id)
    await db.execute("UPDATE users SET max_jobs_at_once = 4 WHERE id = $1", user.id)

    async with db.transaction():
        for name in ("hashjoin", "mergejoin", "hashagg", "sort", "indexscan", "bitmapscan", "material", "memoize"):
            await db.execute(f"SET LOCAL enable_{name} = off")
        messages = await admission.admit(user.id)

    assert len(messages) == 2
    assert len(await in_work(user.id)) == 4
