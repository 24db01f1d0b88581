"""Dramatiq's Redis broker, made strict about priority and quick to wake.

Dramatiq polls an empty queue with growing pauses (up to a second) and lets every queue prefetch on its
own. Here one consumer of each group fetches for all of the group's queues, as many messages as there are
free slots, best priority first, the users in turn (``turns``). In the same round trip it acknowledges what
was done meanwhile. In between it sleeps until a slot is free or a message is announced on a Redis channel.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import ConnectionClosed
from redis.backoff import NoBackoff
from redis.retry import Retry

from . import turns
from .keys import NAMESPACE, WAKE_CHANNEL, acks_key
from .slots import Named, Slots
from .tasks import Group, queues_of

# A worker that is silent for longer has its messages delivered again; the lease in Postgres decides.
_HEARTBEAT_TIMEOUT_MS = 15_000
# How often a worker says that it lives, and looks for messages that dead workers held.
_TEND_SECONDS = 2.0


class Consumer(_RedisConsumer):
    """Dramatiq has one consumer a queue. The first one of a group fetches for all, in strict priority order; the
    others are there to answer for their messages."""

    broker: Broker

    def __init__(self, broker: Broker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout)  # type: ignore[no-untyped-call]  # dramatiq
        self._taker = broker.taker(queue_name)
        self._desk = self._taker.desk

    def __next__(self) -> Any:
        self._taker.attending.add(self.queue_name)
        if not self._taker.led_by(self.queue_name):
            time.sleep(self.timeout / 1000)
            return None
        seen = self._desk.rung
        try:
            message = self._taker.next_message()
        except redis.RedisError as exc:
            # Dramatiq itself treats only ConnectionError as a lost connection, not TimeoutError.
            raise ConnectionClosed(exc) from None  # type: ignore[no-untyped-call]  # dramatiq
        if message is None:
            self._desk.wait(seen, self.timeout / 1000)
        return message

    def ack(self, message: Any) -> None:
        """Note that the message is done; Redis is told when the next ones are fetched."""
        self._desk.finish(message.queue_name, message.message_id)

    def nack(self, message: Any) -> None:
        """Lay the message aside, with Dramatiq's dead ones; PostgreSQL says what is to become of its stage."""
        try:
            self.broker.do_nack(message.queue_name, message.message_id)
        except redis.RedisError as exc:  # Dramatiq tries a lost connection again, but gives up after a time-out
            raise ConnectionClosed(exc) from None  # type: ignore[no-untyped-call]  # dramatiq
        self._desk.free([message.message_id])

    def close(self) -> None:
        """Tell Redis what is done and give back what was fetched in vain."""
        if self._taker.led_by(self.queue_name):
            with suppress(redis.RedisError):  # then a living worker gets them again, and claims in vain
                self._taker.hand_in()


class Taker:
    """Fetches and acknowledges the messages of one group, both in one round trip."""

    def __init__(self, broker: Broker, group: str, queues: Sequence[str]) -> None:
        self.desk = broker.slots.desk(group)
        self.attending: set[str] = set()
        self._broker = broker
        self._queues = list(queues)
        self._number = {name: number for number, name in enumerate(queues, start=1)}
        self._keys = turns.exchange_keys(queues, worker=broker.broker_id)
        self._names = [" ".join(turns.names(name)) for name in queues]
        self._script = broker.client.register_script(turns.EXCHANGE)
        self._fetched: deque[dramatiq.Message[Any]] = deque()
        self._tended = 0.0

    def led_by(self, queue: str) -> bool:
        """Return whether the consumer of ``queue`` is the one that fetches."""
        return queue == self._queues[0]

    def next_message(self) -> Any:
        """Return the next message to work on, or None."""
        # Dramatiq looks for the consumer of a message's queue when it is done: all must be there before.
        if not self._fetched and self.attending.issuperset(self._queues):
            self._tend()
            room, done = self.desk.exchange()
            if room or done:
                self._exchange(room, done)
        return dramatiq.MessageProxy(self._fetched.popleft()) if self._fetched else None

    def _exchange(self, room: int, done: Sequence[Named]) -> None:
        got = self.ask(room=room, done=done)
        self.desk.exchanged(told=len(done), got=[each.message_id for each in got])
        self._fetched.extend(got)

    def ask(self, *, room: int, done: Sequence[Named]) -> list[dramatiq.Message[Any]]:
        """Acknowledge ``done`` and take at most ``room`` messages from Redis."""
        told = [part for queue, name in done for part in (self._number[queue], name)]
        args = [int(time.time() * 1000), self._broker.broker_id, room, *self._names, *told]
        answer = self._script(keys=self._keys, args=args)
        return [dramatiq.Message.decode(data) for data in answer[1::2]]

    def recover(self) -> None:
        """Queue again the messages that were fetched for us but whose answer got lost."""
        for queue in self._queues:
            taken = self._broker.client.smembers(acks_key(queue, self._broker.broker_id))
            unknown = {name.decode() for name in taken} - self.desk.known()  # type: ignore[union-attr]  # redis-py
            if unknown:
                self._broker.do_requeue(queue, *unknown)

    def hand_in(self) -> None:
        """Acknowledge what is done and give back what nobody has begun."""
        self._exchange(0, self.desk.exchange()[1])
        while self._fetched:
            message = self._fetched[0]
            self._broker.do_requeue(message.queue_name, message.message_id)
            self.desk.free([self._fetched.popleft().message_id])

    def _tend(self) -> None:
        """Say that this worker lives, and queue again what dead ones held; also while busy or idle."""
        if time.monotonic() - self._tended >= _TEND_SECONDS:
            self._tended = time.monotonic()
            for queue in self._queues:
                self._broker.do_tend(queue)


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
            heartbeat_timeout=_HEARTBEAT_TIMEOUT_MS,
        )
        self.slots = slots
        wanted = set(consumed)
        queues = {group.value: [name for name in queues_of(group) if name in wanted] for group in Group}
        self._takers = {group: Taker(self, group, names) for group, names in queues.items() if names}

    def taker(self, queue_name: str) -> Taker:
        """Return what fetches the messages of the queue's group."""
        return self._takers[queue_name.partition(".")[0]]

    def _should_do_maintenance(self, command: str) -> int:
        # Dramatiq rolls dice in every command; "tend" is no command of its script, so it does nothing else.
        return int(command == "tend")

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without Dramatiq's delay queue: what is not due yet waits in Postgres."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Any:
        """Return a consumer; messages that were fetched for us but whose answer got lost go back first."""
        taker = self.taker(queue_name)
        if taker.led_by(queue_name):
            try:
                taker.recover()
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
                told = channel.get_message(timeout=1)
                if told is not None:
                    self.slots.ring(told["data"].decode().split())
