"""A worker process: takes messages from its queues until it is told to stop.

One process, no forks: Dramatiq's threads only wait, the work runs on one event loop and in child
processes. The first SIGTERM gives running stages back to their queues, a second one ends at once.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack

import dramatiq
from dramatiq.asyncio import EventLoopThread

from ..platform import db, logs, redis
from ..platform.engines import registry as engines
from ..platform.errors import BadInput
from ..platform.queue import dispatch
from ..platform.queue.broker import Broker
from ..platform.queue.slots import Slots
from ..platform.queue.tasks import Group, all_queues
from ..platform.services import workers
from ..platform.settings import Settings, current
from . import identity, registry
from .interrupts import stop_all

log = logs.get("worker")

_IDLE_POLL_MS = 1_000
_SHUTDOWN_MS = 15_000
# Storing and exporting texts: cheap, mostly waiting for the storage.
_IO_SLOTS = 4


def run(queues: Sequence[str] | None = None) -> int:
    """Work on ``queues`` ("engine", "high", "engine.high", …; all if None) until SIGTERM; returns the exit code."""
    logs.configure(current())
    consumed = _chosen(queues)
    broker = _broker(current(), consumed)
    for queue in consumed:
        broker.declare_queue(queue)
    dramatiq.set_broker(broker)
    _work_until_stopped(broker, consumed)
    return 0


def _chosen(wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Return the full names of the queues meant by ``wanted``.

    Raises:
        BadInput: a name fits no queue.
    """
    if not wanted:
        return all_queues()
    for name in wanted:
        if not any(_meant(queue, name) for queue in all_queues()):
            raise BadInput(f"There is no queue {name!r}; choose from: {', '.join(all_queues())}")
    return tuple(queue for queue in all_queues() if any(_meant(queue, name) for name in wanted))


def _meant(queue: str, name: str) -> bool:
    return name == queue or name in queue.split(".")


def _capacity(settings: Settings) -> dict[Group, int]:
    return {Group.IO: _IO_SLOTS, Group.MEDIA: settings.media_slots, Group.ENGINE: settings.engine_slots}


def _broker(settings: Settings, consumed: Sequence[str]) -> Broker:
    return Broker(settings.redis_url, slots=Slots(_capacity(settings)), consumed=consumed, middleware=[])


def _work_until_stopped(broker: Broker, consumed: Sequence[str]) -> None:
    stop = threading.Event()
    _stop_on_signals(stop)
    loop = EventLoopThread(logging.getLogger("reelscribe.worker"))
    loop.start(timeout=5)
    try:
        loop.run_coroutine(_open(consumed))
        registry.declare(broker, loop)
        _consume(broker, consumed, loop, stop)
        loop.run_coroutine(_close())
    finally:
        loop.stop()  # type: ignore[no-untyped-call]  # dramatiq


def _consume(broker: Broker, consumed: Sequence[str], loop: EventLoopThread, stop: threading.Event) -> None:
    worker = dramatiq.Worker(
        broker, queues=set(consumed), worker_timeout=_IDLE_POLL_MS, worker_threads=broker.slots.total
    )
    worker.queue_prefetch = 1  # the slots decide, see queue.broker
    bell = threading.Thread(target=broker.listen, args=(stop,), name="bell", daemon=True)
    bell.start()
    worker.start()
    log.info("worker_started", worker=identity.NAME, queues=list(consumed))
    # Python runs a handler on this thread only; a signal that the kernel gave to another one does not wake it.
    while not stop.wait(timeout=1):
        pass
    broker.slots.close()
    loop.run_coroutine(stop_all())
    broker.slots.ring()
    worker.stop(timeout=_SHUTDOWN_MS)
    log.info("worker_stopped", worker=identity.NAME)


def _stop_on_signals(stop: threading.Event) -> None:
    def handle(_number: int, _frame: object) -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def _slots(consumed: Sequence[str]) -> dict[str, int]:
    groups = {queue.partition(".")[0] for queue in consumed}
    return {group.value: count for group, count in _capacity(current()).items() if group.value in groups}


async def _open(consumed: Sequence[str]) -> None:
    await db.start()
    await redis.start()
    await dispatch.start()
    await workers.start(identity.NAME, consumed, slots=_slots(consumed))


async def _close() -> None:
    async with AsyncExitStack() as stack:  # each is closed, whatever the others say
        stack.push_async_callback(db.stop)
        stack.push_async_callback(redis.stop)
        stack.push_async_callback(dispatch.stop)
        stack.push_async_callback(engines.close_all)
        await workers.stop(identity.NAME)
