"""From the outbox to Redis: together with the row, after the commit, and again when it got lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from reelscribe.platform import db, redis
from reelscribe.platform.queue import dispatch
from reelscribe.platform.queue.keys import messages_key, ring_key, user_key
from reelscribe.platform.services import idempotency, jobs, runs, stages

from ..services.factories import identity, job, media, waiting_message

pytestmark = pytest.mark.usefixtures("database", "redis")
NOW = timedelta(0)


@pytest.fixture
async def pusher():
    await dispatch.start()
    yield
    await dispatch.stop()


async def outbox() -> int:
    row = await db.fetch_one("SELECT count(*) AS n FROM outbox")
    assert row is not None
    return int(row["n"])


async def in_redis(queue: str = "media.normal") -> list[str]:
    """The ids that wait for a worker, by the users' present turns."""
    users = await redis.client().lrange(ring_key(queue), 0, -1)
    return [name for user in users for name in await redis.client().lrange(user_key(queue, user), 0, -1)]


async def test_created_job_has_its_message_in_the_outbox(user):
    await job(user.id)

    assert (await outbox(), await in_redis()) == (1, [])


async def test_pusher_carries_the_message_to_redis_and_empties_the_outbox(user, pusher):
    made = await job(user.id)
    _, message_id = await waiting_message(made.id)

    await dispatch.stop()  # pushes what is offered

    assert (await outbox(), await in_redis()) == (0, [str(message_id)])


async def test_nothing_is_pushed_when_the_transaction_fails(user, pusher):
    async def create_and_fail() -> None:
        async with db.transaction():
            await job(user.id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await create_and_fail()

    await dispatch.stop()
    assert (await outbox(), await in_redis()) == (0, [])


async def test_left_over_rows_are_pushed_by_the_scheduler(user):
    made = await job(user.id)
    _, message_id = await waiting_message(made.id)

    assert await dispatch.push_due(older_than=NOW) == 1
    assert (await outbox(), await in_redis()) == (0, [str(message_id)])


async def test_rows_that_are_not_due_stay(user):
    await job(user.id)
    await db.execute("UPDATE outbox SET due_at = now() + interval '1 hour'")

    assert await dispatch.push_due(older_than=NOW) == 0
    assert await outbox() == 1


async def test_message_that_redis_lost_is_queued_again_under_a_new_id(user):
    made = await job(user.id)
    stage_id, old = await waiting_message(made.id)
    await dispatch.push_due(older_than=NOW)
    await redis.client().flushall()

    assert await stages.requeue_lost(older_than=NOW) == 1

    assert (await waiting_message(made.id))[1] != old
    assert await stages.claim(stage_id, old, worker="w", lease=timedelta(seconds=9)) is None
    assert await outbox() == 1


async def test_message_that_redis_has_is_left_alone(user):
    made = await job(user.id)
    before = await waiting_message(made.id)
    await dispatch.push_due(older_than=NOW)

    assert await stages.requeue_lost(older_than=NOW) == 0
    assert await waiting_message(made.id) == before


async def test_cancelled_job_leaves_no_message(user):
    made = await job(user.id)

    await runs.cancel(identity(user.id), made.id)

    assert await outbox() == 0


async def test_fifty_parallel_creations_with_one_key_make_one_job(user):
    who, wanted = identity(user.id), jobs.NewJob(media_id=await media(user.id), engine="stub")

    answers = await asyncio.gather(
        *(
            idempotency.once(user.id, "key", request=b"same", status=202, action=lambda: jobs.create(who, wanted))
            for _ in range(50)
        )
    )

    assert len({each.body for each in answers}) == 1
    row = await db.fetch_one("SELECT count(*) AS n, sum(credits_held) AS held FROM jobs")
    assert row is not None
    assert (row["n"], row["held"]) == (1, 1)


async def test_message_pushed_again_is_queued_once(user):
    made = await job(user.id)
    _, message_id = await waiting_message(made.id)
    rows = await db.fetch("SELECT message_id, stage_id, task, queue FROM outbox")
    message = dispatch.Outgoing(user_id=user.id, **dict(rows[0]))

    await dispatch.push([message])
    await dispatch.push([message])

    assert await in_redis() == [str(message_id)]
    assert await redis.client().hlen(messages_key("media.normal")) == 1
