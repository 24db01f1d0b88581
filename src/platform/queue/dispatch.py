"""Carry outbox rows to Redis, then delete them.

1. The service that wrote the rows calls ``offer`` after its commit.
2. One task per process pushes all that was offered in one round trip and deletes the rows in another.
3. Whatever a crash leaves behind is pushed by the scheduler (``push_due``); a second delivery does no
   harm, because a stage accepts only the message it waits for, once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import dramatiq
import msgspec
from redis.exceptions import RedisError

from .. import db, logs, redis
from ..errors import Unavailable
from . import turns
from .keys import STOPPED, WAKE_CHANNEL, messages_key, ring_key, user_key

log = logs.get("dispatch")


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message to push; ``front`` puts it before its user's others, for a job that has begun already."""

    message_id: UUID
    stage_id: UUID
    user_id: UUID
    task: str
    queue: str
    front: bool = False


# None tells the pusher to end.
_offered: asyncio.Queue[Outgoing | None] | None = None
_pusher: asyncio.Task[None] | None = None


async def start() -> None:
    """Begin to push what is offered in this process."""
    global _offered, _pusher  # noqa: PLW0603 - one pusher per process
    _offered = asyncio.Queue()
    _pusher = asyncio.create_task(_push_for_ever(_offered))


async def stop() -> None:
    """Push what is still offered, then end."""
    global _offered, _pusher  # noqa: PLW0603 - see start
    if _pusher is None or _offered is None:
        return
    _offered.put_nowait(None)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_pusher, timeout=10)
    _offered = _pusher = None


def offer(messages: Sequence[Outgoing]) -> None:
    """Push the messages once the surrounding transaction is committed.

    Without a pusher in this process the scheduler finds their outbox rows.
    """
    db.after_commit(lambda: _hand_over(messages))


def _hand_over(messages: Sequence[Outgoing]) -> None:
    if _offered is not None:
        for message in messages:
            _offered.put_nowait(message)


async def push(messages: Sequence[Outgoing]) -> None:
    """Push to Redis and delete the rows.

    Raises:
        Unavailable: Redis or PostgreSQL did not answer; the rows are still there.
    """
    if not messages:
        return
    try:
        await _to_redis(messages)
    except RedisError as exc:
        raise Unavailable(f"Redis does not answer: {exc}") from exc
    await db.execute("DELETE FROM outbox WHERE message_id = ANY($1)", [each.message_id for each in messages])


async def push_due(*, older_than: timedelta, limit: int = 1_000) -> int:
    """Push rows that fell due at least ``older_than`` ago, oldest first; returns how many."""
    rows = await db.fetch(
        "SELECT o.message_id, o.stage_id, j.user_id, o.task, o.queue, s.position > 0 AS front"
        " FROM outbox o JOIN stages s ON s.id = o.stage_id JOIN jobs j ON j.id = s.job_id"
        " WHERE o.due_at <= now() - $1::interval ORDER BY o.due_at, o.id LIMIT $2",
        older_than,
        limit,
    )
    await push([Outgoing(**dict(row)) for row in rows])
    return len(rows)


async def tell_stopped(names: Sequence[str]) -> None:
    """Tell all workers which queues are paused, and wake them.

    Raises:
        Unavailable: Redis does not answer.
    """
    pipeline = redis.client().pipeline(transaction=True)
    pipeline.delete(STOPPED)
    if names:
        pipeline.sadd(STOPPED, *names)
    pipeline.publish(WAKE_CHANNEL, "")
    try:
        await pipeline.execute()
    except RedisError as exc:
        raise Unavailable(f"Redis does not answer: {exc}") from exc


async def lost(waiting: Sequence[tuple[str, UUID]]) -> list[UUID]:
    """Return those of the (queue, message id) pairs that Redis does not know any more."""
    pipeline = redis.client().pipeline(transaction=False)
    for queue, message_id in waiting:
        pipeline.hexists(messages_key(queue), str(message_id))
    try:
        known = await pipeline.execute()
    except RedisError as exc:
        raise Unavailable(f"Redis does not answer: {exc}") from exc
    return [message_id for (_, message_id), there in zip(waiting, known, strict=True) if not there]


async def _to_redis(messages: Sequence[Outgoing]) -> None:
    pipeline = redis.client().pipeline(transaction=False)
    for message in messages:
        user = str(message.user_id)
        keys = [messages_key(message.queue), ring_key(message.queue), user_key(message.queue, user)]
        side = "LPUSH" if message.front else "RPUSH"
        pipeline.eval(turns.PUSH, 3, *keys, str(message.message_id), _encode(message), user, side)
    pipeline.publish(WAKE_CHANNEL, " ".join({each.queue.partition(".")[0] for each in messages}))
    await pipeline.execute()


def _encode(message: Outgoing) -> bytes:
    name = str(message.message_id)
    return dramatiq.Message(
        queue_name=message.queue,
        actor_name=message.task,
        args=(str(message.stage_id), name),
        kwargs={},
        options={"redis_message_id": name},
        message_id=name,
        message_timestamp=int(time.time() * 1000),
    ).encode()


async def _push_for_ever(offered: asyncio.Queue[Outgoing | None]) -> None:
    while True:
        taken = [await offered.get(), *(offered.get_nowait() for _ in range(offered.qsize()))]
        await _push_quietly([message for message in taken if message is not None])
        if None in taken:
            return


async def _push_quietly(messages: Sequence[Outgoing]) -> None:
    try:
        await push(messages)
    except (Unavailable, OSError) as exc:
        log.warning("left_in_outbox", count=len(messages), error=str(exc))
