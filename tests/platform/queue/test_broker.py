"""Our broker and Dramatiq's worker on a real Redis: priority, slots, wake-up, redelivery."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from uuid import uuid4

import dramatiq
import pytest
from reelscribe.platform.queue import dispatch
from reelscribe.platform.queue.broker import Broker, Slots
from reelscribe.platform.queue.dispatch import Outgoing
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

    def wait(self, count: int) -> list[str]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.got) >= count, timeout=20), f"only {len(self.got)} came"
            return list(self.got)


def message(priority: str, *, front: bool = False) -> Outgoing:
    return Outgoing(
        message_id=uuid4(), stage_id=uuid4(), task="note", queue=queue_name(Group.ENGINE, priority), front=front
    )


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


async def test_slots_bound_what_a_group_holds():
    slots = Slots({Group.ENGINE: 1, Group.MEDIA: 1})
    first = slots.take("engine.normal", lambda: dramatiq.Message("engine.normal", "note", (), {}, {}))

    assert slots.take("engine.high", lambda: pytest.fail("fetched beyond the slot")) is None
    assert slots.take("media.low", lambda: dramatiq.Message("media.low", "note", (), {}, {})) is not None
    slots.give("engine.normal", first.message_id)
    assert slots.take("engine.high", lambda: dramatiq.Message("engine.high", "note", (), {}, {})) is not None


async def test_message_whose_fetch_was_lost_is_fetched_again():
    lost = message("normal")
    await dispatch.push([lost])
    consumer = Consumer(slots=1)
    consumer.broker.do_fetch(lost.queue, 1)  # the answer never reached a consumer

    with consumer:
        got = await asyncio.to_thread(consumer.wait, 1)

    assert got == [str(lost.stage_id)]
