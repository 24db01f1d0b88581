"""Dramatiq's Redis broker, made strict about priority and quick to wake.

Dramatiq polls an empty queue with growing pauses (up to a second) and lets every queue prefetch on its
own. Here a consumer fetches only while its group has a free slot and no queue before its own has
messages, and sleeps until a message is announced on a Redis channel.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed
from redis.backoff import NoBackoff
from redis.retry import Retry

from .keys import NAMESPACE, WAKE_CHANNEL, list_key
from .tasks import Group, Priority, queue_name

# A worker that is silent for longer has its messages delivered again; the lease in Postgres decides.
_HEARTBEAT_TIMEOUT_MS = 15_000
# Look for the messages of dead workers in one command of ten (dramatiq's default: one of a thousand).
_MAINTENANCE_CHANCE = 100_000


class Slots:
    """How many messages of each group this worker may hold at once."""

    def __init__(self, capacity: Mapping[Group, int]) -> None:
        self._capacity = dict(capacity)
        self._held: dict[str, set[str]] = defaultdict(set)
        self._changed = threading.Condition()
        self._fetching = {group.value: threading.Lock() for group in Group}
        self._rung = 0
        self._closed = False

    @property
    def total(self) -> int:
        """Return the number of threads that fill all slots."""
        return sum(self._capacity.values())

    def take(self, queue: str, fetch: Any) -> Any:
        """Call ``fetch`` if the queue's group has a free slot; one fetch of a group at a time."""
        group = queue.partition(".")[0]
        with self._fetching[group]:
            if self._closed or len(self._held[group]) >= self._capacity[Group(group)]:
                return None
            message = fetch()
            if message is not None:
                with self._changed:
                    self._held[group].add(message.message_id)
            return message

    def held(self, queue: str) -> set[str]:
        """Return the ids of the messages that this worker holds of the queue's group."""
        with self._changed:
            return set(self._held[queue.partition(".")[0]])

    def give(self, queue: str, message_id: str) -> None:
        """Free the slot of a finished message and wake the consumers."""
        with self._changed:
            self._held[queue.partition(".")[0]].discard(message_id)
        self.ring()

    def close(self) -> None:
        """Take nothing any more."""
        self._closed = True

    def ring(self) -> None:
        """Wake every waiting consumer."""
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout_seconds: float) -> None:
        """Return when the bell rang after ``seen``, or after the time-out."""
        with self._changed:
            self._changed.wait_for(lambda: self._rung != seen, timeout_seconds)

    @property
    def rung(self) -> int:
        """Return how often the bell rang, to pass to ``wait``."""
        return self._rung


class Consumer(_RedisConsumer):
    """Fetches one message at a time, in strict priority order."""

    broker: Broker

    def __next__(self) -> Any:
        slots = self.broker.slots
        seen = slots.rung
        try:
            message = slots.take(self.queue_name, self._fetch_one)
        except redis.RedisError as exc:
            # Dramatiq itself treats only ConnectionError as a lost connection, not TimeoutError.
            raise ConnectionClosed(exc) from None  # type: ignore[no-untyped-call]  # dramatiq
        if message is None:
            slots.wait(seen, self.timeout / 1000)
        return message

    def _fetch_one(self) -> Any:
        if self._better_work_waits():
            return None
        found = [data for data in self.broker.do_fetch(self.queue_name, 1) if data is not None]
        if not found:
            return None
        message = dramatiq.Message.decode(found[0])
        self.queued_message_ids.add(message.message_id)
        return dramatiq.MessageProxy(message)

    def _better_work_waits(self) -> bool:
        group, _, priority = self.queue_name.partition(".")
        order = list(Priority)
        before = order[: order.index(Priority(priority))]
        consumed = [queue_name(Group(group), each) for each in before]
        consumed = [name for name in consumed if name in self.broker.consumed]
        if not consumed:
            return False
        pipeline = self.broker.client.pipeline(transaction=False)
        for name in consumed:
            pipeline.llen(list_key(name))
        return any(pipeline.execute())

    def ack(self, message: Any) -> None:
        with self._finished(message):
            super().ack(message)  # type: ignore[no-untyped-call]  # dramatiq

    def nack(self, message: Any) -> None:
        with self._finished(message):
            super().nack(message)  # type: ignore[no-untyped-call]  # dramatiq

    @contextmanager
    def _finished(self, message: Any) -> Iterator[None]:
        try:
            yield
        except redis.RedisError as exc:  # Dramatiq tries a lost connection again, but gives up after a time-out
            raise ConnectionClosed(exc) from None  # type: ignore[no-untyped-call]  # dramatiq
        self.broker.slots.give(self.queue_name, message.message_id)


def _client(url: str) -> redis.Redis:
    # No retries inside the client: a fetch whose answer got lost must not be sent again, it would take a
    # second message. Dramatiq's threads try again themselves, and can be stopped.
    return redis.Redis.from_url(url, socket_timeout=10, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0))


class Broker(RedisBroker):
    """A broker for one worker process; ``consumed`` are the queues it takes messages from."""

    def __init__(self, url: str, *, slots: Slots, consumed: Iterable[str], middleware: list[Any]) -> None:
        super().__init__(  # type: ignore[no-untyped-call]  # dramatiq
            client=_client(url),
            namespace=NAMESPACE,
            middleware=middleware,
            maintenance_chance=_MAINTENANCE_CHANCE,
            heartbeat_timeout=_HEARTBEAT_TIMEOUT_MS,
        )
        self.slots = slots
        self.consumed = frozenset(consumed)

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without Dramatiq's delay queue: what is not due yet waits in Postgres."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Any:
        """Return a consumer; messages that were fetched for us but whose answer got lost go back first."""
        acks = f"{self.namespace}:__acks__.{self.broker_id}.{queue_name}"
        try:
            taken = {name.decode() for name in self.client.smembers(acks)}  # type: ignore[union-attr]  # redis-py
            unknown = taken - self.slots.held(queue_name)
            if unknown:
                self.do_requeue(queue_name, *unknown)
        except redis.RedisError as exc:
            raise ConnectionClosed(exc) from None  # type: ignore[no-untyped-call]  # dramatiq
        return super().consume(queue_name, prefetch, timeout)

    @property
    def consumer_class(self) -> type[Consumer]:
        """Return our consumer; Dramatiq asks for it by this name."""
        return Consumer

    def listen(self, stop: threading.Event) -> None:
        """Ring the bell for each announced message until ``stop`` is set; run it in a thread."""
        while not stop.is_set():
            try:
                self._listen_once(stop)
            except redis.RedisError:
                stop.wait(1)

    def _listen_once(self, stop: threading.Event) -> None:
        with self.client.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(WAKE_CHANNEL)
            self.slots.ring()  # what was announced before we listened
            while not stop.is_set():
                if channel.get_message(timeout=1) is not None:
                    self.slots.ring()
