"""Events: what happened to a job, told to whoever listens.

Each event is appended to the user's and the job's Redis stream (for replay) and published to every web
process. A lost event is never lost information: the tables hold the state, and a stream begins with a
snapshot of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import cast
from uuid import UUID

import msgspec
from redis.exceptions import RedisError

from . import logs, redis
from .errors import Unavailable

log = logs.get("events")


class EventType(StrEnum):
    """What can happen; the names are part of the public contract."""

    PROGRESS = "job.progress"
    PARTIAL = "job.partial"
    WARNING = "job.warning"
    COMPLETED = "job.completed"
    FAILED = "job.failed"
    CANCELLED = "job.cancelled"
    CREDITS = "credits.updated"
    UPLOAD = "upload.progress"


FINAL = frozenset({EventType.COMPLETED, EventType.FAILED, EventType.CANCELLED})


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event; ``id`` grows within a user, ``data`` is the JSON text that clients get."""

    id: str
    type: EventType
    user_id: UUID
    job_id: UUID | None
    data: str


# A stream entry as redis-py gives it: its id and its fields.
_Entry = tuple[str, dict[str, str]]

_CHANNEL = "reelscribe:events"
_KEEP_PER_USER = 5_000
_KEEP_PER_JOB = 5_000
_KEEP_SECONDS = 24 * 3600
# A heartbeat or a cancel must not wait for a Redis that hangs.
_PATIENCE_SECONDS = 1.0

# One step for all three, so that ids grow alike in both streams and no listener sees an event early.
_PUBLISH = """
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 't', ARGV[4], 'j', ARGV[6], 'd', ARGV[7])
redis.call('EXPIRE', KEYS[1], ARGV[3])
if ARGV[6] ~= '' then
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], id, 't', ARGV[4], 'j', ARGV[6], 'd', ARGV[7])
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
redis.call('PUBLISH', KEYS[3], cjson.encode({id=id, type=ARGV[4], user_id=ARGV[5],
  job_id=ARGV[6] ~= '' and ARGV[6] or cjson.null, data=ARGV[7]}))
return id
"""


async def publish(kind: EventType, user_id: UUID, job_id: UUID | None, data: object) -> None:
    """Tell the listeners; call it after the commit. Redis being away is logged, never raised."""
    job = "" if job_id is None else str(job_id)
    keys = [f"reelscribe:user:{user_id}", f"reelscribe:job:{job}", _CHANNEL]
    limits = [_KEEP_PER_USER, _KEEP_PER_JOB, _KEEP_SECONDS]
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await redis.client().eval(
                _PUBLISH, 3, *keys, *limits, kind.value, str(user_id), job, msgspec.json.encode(data).decode()
            )
    except (RedisError, Unavailable, TimeoutError) as exc:
        log.warning("event_not_published", type=kind.value, job_id=job, error=str(exc))


def publish_soon(kind: EventType, user_id: UUID, job_id: UUID | None, data: object) -> None:
    """Publish without making the caller wait."""
    task = asyncio.get_running_loop().create_task(publish(kind, user_id, job_id, data))
    _publishing.add(task)
    task.add_done_callback(_publishing.discard)


# The loop itself keeps only weak references to its tasks.
_publishing: set[asyncio.Task[None]] = set()


async def replay(*, user_id: UUID, job_id: UUID | None, after_id: str) -> list[Event]:
    """Return the kept events after ``after_id``, oldest first; of one job if ``job_id`` is given."""
    key = f"reelscribe:user:{user_id}" if job_id is None else f"reelscribe:job:{job_id}"
    rows = await redis.client().xrange(key, min=f"({after_id}")
    return [_event(user_id, row_id, fields) for row_id, fields in cast("list[_Entry]", rows or [])]


def _event(user_id: UUID, row_id: str, fields: dict[str, str]) -> Event:
    job = fields["j"]
    return Event(
        id=row_id,
        type=EventType(fields["t"]),
        user_id=user_id,
        job_id=UUID(job) if job else None,
        data=fields["d"],
    )


class Listener:
    """One browser's queue; when it overflows the stream must end and the browser comes back for a replay."""

    def __init__(self, user_id: UUID, job_id: UUID | None) -> None:
        self.user_id = user_id
        self.job_id = job_id
        self.queue: asyncio.Queue[Event] = asyncio.Queue(maxsize=1_000)
        self.overflowed = False

    def offer(self, event: Event) -> None:
        """Queue ``event`` if it concerns this listener."""
        if self.job_id is not None and event.job_id != self.job_id:
            return
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.overflowed = True


class Hub:
    """One Redis subscription per process, however many browsers listen."""

    def __init__(self) -> None:
        self._listeners: dict[UUID, set[Listener]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._subscribed = asyncio.Event()

    async def start(self) -> None:
        """Begin to read; returns once subscribed, or at once while Redis is away."""
        self._reader = asyncio.create_task(self._read_for_ever())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._subscribed.wait(), timeout=5)

    async def stop(self) -> None:
        """End reading."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    @contextlib.asynccontextmanager
    async def listen(self, *, user_id: UUID, job_id: UUID | None) -> AsyncIterator[Listener]:
        """Give a listener for the block's duration."""
        listener = Listener(user_id, job_id)
        self._listeners.setdefault(user_id, set()).add(listener)
        try:
            yield listener
        finally:
            self._forget(listener)

    def _forget(self, listener: Listener) -> None:
        others = self._listeners[listener.user_id]
        others.discard(listener)
        if not others:
            del self._listeners[listener.user_id]

    async def _read_for_ever(self) -> None:
        while True:
            try:
                await self._read()
            except RedisError as exc:
                log.warning("event_subscription_lost", error=str(exc))
                await asyncio.sleep(1)

    async def _read(self) -> None:
        async with redis.client().pubsub() as channel:
            await channel.subscribe(_CHANNEL)
            while True:
                message = await channel.get_message(timeout=30)
                if message is not None and message["type"] == "subscribe":
                    # redis-py mends a lost connection in silence and subscribes again.
                    self._send_back()
                    self._subscribed.set()
                elif message is not None:
                    self._deliver(msgspec.json.decode(message["data"], type=Event))

    def _send_back(self) -> None:
        """End every stream there is: something may have been missed, and a new one begins with a replay."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.overflowed = True

    def _deliver(self, event: Event) -> None:
        for listener in tuple(self._listeners.get(event.user_id, ())):
            listener.offer(event)
