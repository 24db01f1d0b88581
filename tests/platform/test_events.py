"""Events on a real Redis: order, replay, one subscription for many listeners, loss without harm."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from reelscribe.platform import events, redis
from reelscribe.platform.events import EventType, Hub

pytestmark = pytest.mark.usefixtures("redis")


@pytest.fixture
async def hub():
    opened = Hub()
    await opened.start()
    yield opened
    await opened.stop()


async def tell(user_id, job_id, number: int) -> None:
    await events.publish(EventType.PROGRESS, user_id, job_id, {"n": number})


async def heard(listener, count: int) -> list[str]:
    return [(await asyncio.wait_for(listener.queue.get(), timeout=10)).data for _ in range(count)]


async def test_events_are_heard_in_order_by_those_they_concern(hub):
    me, job, other = uuid4(), uuid4(), uuid4()
    async with (
        hub.listen(user_id=me, job_id=job) as of_job,
        hub.listen(user_id=me, job_id=None) as of_user,
        hub.listen(user_id=uuid4(), job_id=None) as stranger,
    ):
        await tell(me, job, 1)
        await tell(me, other, 2)
        await tell(me, job, 3)

        assert await heard(of_user, 3) == ['{"n":1}', '{"n":2}', '{"n":3}']
        assert await heard(of_job, 2) == ['{"n":1}', '{"n":3}']
        assert stranger.queue.empty()


async def test_replay_gives_what_came_after_an_id():
    me, job = uuid4(), uuid4()
    for number in range(4):
        await tell(me, job, number)
    everything = await events.replay(user_id=me, job_id=job, after_id="0-0")

    rest = await events.replay(user_id=me, job_id=job, after_id=everything[1].id)

    assert [event.data for event in rest] == ['{"n":2}', '{"n":3}']
    assert everything == await events.replay(user_id=me, job_id=None, after_id="0-0")


async def test_many_listeners_share_one_subscription(hub):
    async with asyncio.TaskGroup() as group:
        gates = [asyncio.Event() for _ in range(20)]
        for gate in gates:
            group.create_task(_listen_until(hub, gate))
        await asyncio.sleep(0)
        subscribers = await redis.client().pubsub_numsub("reelscribe:events")
        for gate in gates:
            gate.set()

    assert dict(subscribers) == {"reelscribe:events": 1}


async def _listen_until(hub: Hub, gate: asyncio.Event) -> None:
    async with hub.listen(user_id=uuid4(), job_id=None):
        await gate.wait()


async def test_listener_that_cannot_keep_up_is_told_to_come_back(hub):
    me = uuid4()
    async with hub.listen(user_id=me, job_id=None) as slow, hub.listen(user_id=me, job_id=None) as quick:
        for number in range(slow.queue.maxsize + 1):
            await tell(me, None, number)
            await heard(quick, 1)

        assert slow.overflowed
        assert not quick.overflowed


async def test_hub_listens_again_after_redis_dropped_it(hub):
    me = uuid4()
    async with hub.listen(user_id=me, job_id=None) as before:
        await redis.client().client_kill_filter(_type="pubsub")
        async with asyncio.timeout(20):
            while not before.overflowed:  # noqa: ASYNC110 - it happens in another task
                await asyncio.sleep(0.05)

    async with hub.listen(user_id=me, job_id=None) as after:
        await tell(me, None, 1)
        assert await heard(after, 1) == ['{"n":1}']
