"""Our broker and Dramatiq's worker on a real Redis: priority, slots, wake-up, redelivery."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import dramatiq
import pytest
from reelscribe.platform.queue import dispatch
from reelscribe.platform.queue.broker import Broker
from reelscribe.platform.queue.dispatch import Outgoing
from reelscribe.platform.queue.keys import HEARTBEATS
from reelscribe.platform.queue.slots import Slots
from reelscribe.platform.queue.tasks import Group, Priority, queue_name
from reelscribe.platform.settings import current

pytestmark = pytest.mark.usefixtures("database", "redis")

ENGINE = [queue_name(Group.ENGINE, priority) for priority in Priority]


class Consumer:
    """A real worker that notes which messages it got; its actor may wait."""

    def __init__(self, *, slots: int, actor: Callable[[str], None] = lambda _: None) -> None:
        self.got: list[str] = []
        self._arrived = threading.Condition()
        self._stop = threading.Event()
        self.broker = Broker(
            current().redis_url, slots=Slots(dict.fromkeys(Group, slots)), consumed=ENGINE, middleware=[]
        )

        def note(stage_id: str, _message_id: str) -> None:
            with self._arrived:
                self.got.append(stage_id)
                self._arrived.notify_all()
            actor(stage_id)

        dramatiq.actor(actor_name="note", queue_name=ENGINE[0], broker=self.broker)(note)
        for queue in ENGINE:
            self.broker.declare_queue(queue)
        self.worker = dramatiq.Worker(self.broker, worker_timeout=200, worker_threads=slots)

    def __enter__(self) -> Consumer:
        self.bell = threading.Thread(target=self.broker.listen, args=(self._stop,))
        self.bell.start()
        self.worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.worker.stop()
        self.bell.join()
        self.broker.close()

    def fetch(self) -> list[str]:
        """Take a message from Redis and forget it, as if the answer got lost."""
        taker = self.broker.taker(ENGINE[0])
        return [each.args[0] for each in taker.ask(room=1, done=())]

    def wait(self, count: int) -> list[str]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.got) >= count, timeout=20), f"only {len(self.got)} came"
            return list(self.got)


ALONE = uuid4()


def message(priority: str, *, front: bool = False, user_id: UUID = ALONE) -> Outgoing:
    return Outgoing(
        message_id=uuid4(),
        stage_id=uuid4(),
        user_id=user_id,
        task="note",
        queue=queue_name(Group.ENGINE, priority),
        front=front,
    )


def names(messages: list[Outgoing]) -> list[str]:
    return [str(each.stage_id) for each in messages]


async def test_queues_are_drained_in_order_of_priority():
    low = [message("low") for _ in range(5)]
    normal = [message("normal") for _ in range(5)]
    critical = [message("critical") for _ in range(5)]
    await dispatch.push([*low, *normal, *critical])

    with Consumer(slots=1) as consumer:
        got = await asyncio.to_thread(consumer.wait, 15)

    assert got == [str(each.stage_id) for each in [*critical, *normal, *low]]


async def test_jobs_that_have_begun_go_first():
    fresh, begun = message("normal"), message("normal", front=True)
    await dispatch.push([fresh, begun])

    with Consumer(slots=1) as consumer:
        got = await asyncio.to_thread(consumer.wait, 2)

    assert got == [str(begun.stage_id), str(fresh.stage_id)]


async def test_users_take_turns():
    many, some, one = (
        [message("normal", user_id=user) for _ in range(n)] for user, n in ((uuid4(), 100), (uuid4(), 3), (uuid4(), 1))
    )
    await dispatch.push([*many, *some, *one])

    with Consumer(slots=1) as consumer:
        got = await asyncio.to_thread(consumer.wait, 104)

    turns = [many[0], some[0], one[0], many[1], some[1], many[2], some[2], *many[3:]]
    assert got == names(turns)


async def test_job_that_has_begun_goes_before_its_users_others_only():
    mine, theirs = uuid4(), uuid4()
    fresh, other = message("normal", user_id=mine), message("normal", user_id=theirs)
    begun = [message("normal", user_id=mine, front=True) for _ in range(2)]
    await dispatch.push([fresh, other, *begun])

    with Consumer(slots=1) as consumer:
        got = await asyncio.to_thread(consumer.wait, 4)

    assert got == names([begun[1], other, begun[0], fresh])


@pytest.mark.parametrize("name", ["engine.high", "engine", "high", "all"])
async def test_paused_queue_gives_nothing_until_it_goes_on(name):
    held = message("high")
    await dispatch.push([held])
    await dispatch.tell_stopped([name])

    with Consumer(slots=1) as consumer:
        while_stopped = consumer.fetch()
        await dispatch.tell_stopped([])
        got = await asyncio.to_thread(consumer.wait, 1)

    assert while_stopped == []
    assert got == names([held])


async def test_paused_queue_does_not_hold_up_those_behind_it():
    held, low = message("high"), message("low")
    await dispatch.push([held, low])
    await dispatch.tell_stopped(["engine.high"])

    with Consumer(slots=1) as consumer:
        got = await asyncio.to_thread(consumer.wait, 1)

    assert got == names([low])


async def test_two_workers_take_each_message_once():
    many = [message("normal", user_id=uuid4()) for _ in range(60)]
    arrived = threading.Semaphore(0)

    def all_arrived() -> bool:
        return all(arrived.acquire(timeout=20) for _ in many)

    with (
        Consumer(slots=3, actor=lambda _: arrived.release()) as one,
        Consumer(slots=3, actor=lambda _: arrived.release()) as other,
    ):
        await dispatch.push(many)
        assert await asyncio.to_thread(all_arrived)

    assert sorted([*one.got, *other.got]) == sorted(names(many))


async def test_busy_worker_leaves_messages_to_others():
    gate = threading.Event()
    many = [message("normal") for _ in range(4)]
    with Consumer(slots=1, actor=lambda _: gate.wait(20) and None) as busy:
        await dispatch.push(many)
        await asyncio.to_thread(busy.wait, 1)
        with Consumer(slots=1) as idle:
            others = await asyncio.to_thread(idle.wait, 3)
            gate.set()

    assert len(busy.got) == 1
    assert {*busy.got, *others} == {str(each.stage_id) for each in many}


async def test_acknowledged_message_is_unknown_and_a_waiting_one_known():
    done, waiting = message("normal"), message("normal")
    await dispatch.push([done])
    with Consumer(slots=1) as consumer:
        await asyncio.to_thread(consumer.wait, 1)
    await dispatch.push([waiting])

    lost = await dispatch.lost([(each.queue, each.message_id) for each in (done, waiting)])

    assert lost == [done.message_id]


async def test_worker_fetches_no_more_than_it_has_slots_for():
    gate = threading.Event()
    await dispatch.push([message("normal", user_id=uuid4()) for _ in range(5)])

    with Consumer(slots=2, actor=lambda _: gate.wait(20) and None) as busy:
        await asyncio.to_thread(busy.wait, 2)
        with Consumer(slots=3) as idle:
            others = await asyncio.to_thread(idle.wait, 3)
            gate.set()

    assert (len(busy.got), len(others)) == (2, 3)


async def test_message_whose_fetch_was_lost_is_fetched_again():
    lost = message("normal")
    await dispatch.push([lost])
    consumer = Consumer(slots=1)
    consumer.fetch()  # the answer never reached a consumer

    with consumer:
        got = await asyncio.to_thread(consumer.wait, 1)

    assert got == names([lost])


async def test_messages_that_a_stopped_worker_fetched_in_vain_go_to_others():
    many = [message("normal") for _ in range(3)]
    await dispatch.push(many)
    stopped = Consumer(slots=3)
    stopped.broker.taker(ENGINE[0]).attending.update(ENGINE)
    begun = stopped.broker.taker(ENGINE[0]).next_message()
    stopped.broker.consume(ENGINE[0]).close()

    with Consumer(slots=1) as other:
        got = await asyncio.to_thread(other.wait, 2)

    assert sorted(got) == sorted(names(many[1:]))
    assert begun.args[0] == str(many[0].stage_id)
    stopped.broker.close()


async def test_message_that_a_dead_worker_held_comes_to_an_idle_one(redis):
    held = message("normal")
    await dispatch.push([held])
    dead = Consumer(slots=1)
    assert dead.fetch() == names([held])
    await redis.zadd(HEARTBEATS, {dead.broker.broker_id: 0})  # as if its last word was long ago

    with Consumer(slots=1) as idle:
        got = await asyncio.to_thread(idle.wait, 1)

    assert got == names([held])
    dead.broker.close()
