"""What a stream says: a snapshot, what was missed, then what happens, until the job is finished.

1. Listen, so that nothing falls between the next two steps.
2. Say how things stand (the snapshot), from the database.
3. Replay what came after ``Last-Event-ID``; for a newcomer only the text and warnings so far.
4. Pass on what comes; when it is quiet look into the database, so that a lost event delays but never hangs,
   and who signed out hears no more.
5. End after the event that finishes the job, or when the listener could not keep up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec
from redis.exceptions import RedisError

from ...platform import events, logs
from ...platform.errors import Unavailable
from ...platform.events import Event, EventType, Hub, Listener
from ...platform.services import credits, jobs, sessions
from ...platform.services.job_views import JobView
from ...platform.services.sessions import Identity

log = logs.get("streams")

_LOOK_AGAIN = timedelta(seconds=10)
_EVENT_ID = re.compile(r"\d{1,19}-\d{1,19}")
_FOR_NEWCOMERS = frozenset({EventType.PARTIAL, EventType.WARNING})
_ENDS = {"completed": EventType.COMPLETED, "failed": EventType.FAILED, "cancelled": EventType.CANCELLED}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a stream; without an ``id`` the browser keeps the one before."""

    id: str | None
    type: EventType
    data: str


async def of_job(
    hub: Hub, who: Identity, job_id: UUID, after_id: str | None, *, look_again: timedelta = _LOOK_AGAIN
) -> AsyncIterator[Said]:
    """Yield what happens to one job, and end with it."""
    async with hub.listen(user_id=who.user_id, job_id=job_id) as listener:
        job = await jobs.get(who, job_id)
        yield _snapshot(job)
        last = after_id or "0-0"
        for event in _standing(await _missed(who.user_id, job_id, after_id), job):
            last = event.id
            yield _said(event)
            if event.type in events.FINAL:
                return
        if job.status in _ENDS:
            yield _end(job)
            return
        async for said in _live(listener, last, who, look_again):
            if said.type not in events.FINAL:
                yield said
            elif _ENDS.get((await jobs.get(who, job_id)).status) is said.type:  # else it ended an earlier run
                yield said
                return


def _standing(missed: list[Event], job: JobView) -> list[Event]:
    """Leave out how earlier runs of a retried job ended."""
    kept = [event.id for event in missed if event.type is _ENDS.get(job.status)][-1:]
    return [event for event in missed if event.type not in events.FINAL or event.id in kept]


async def of_user(hub: Hub, who: Identity, after_id: str | None) -> AsyncIterator[Said]:
    """Yield what happens to all of a user's jobs and credits, without end."""
    async with hub.listen(user_id=who.user_id, job_id=None) as listener:
        balance = await credits.balance(who.user_id)
        yield Said(id=None, type=EventType.CREDITS, data=_json({"job_id": None, **msgspec.to_builtins(balance)}))
        last = after_id or "0-0"
        for event in await _missed(who.user_id, None, after_id):
            last = event.id
            yield _said(event)
        async for said in _live(listener, last, who, _LOOK_AGAIN):
            yield said


async def _missed(user_id: UUID, job_id: UUID | None, after_id: str | None) -> list[Event]:
    if after_id is None and job_id is None:
        return []
    try:
        found = await events.replay(user_id=user_id, job_id=job_id, after_id=after_id or "0-0")
    except (RedisError, Unavailable) as exc:
        log.warning("events_not_replayed", job_id=str(job_id), error=str(exc))
        return []
    return found if after_id is not None else [event for event in found if event.type in _FOR_NEWCOMERS]


async def _live(listener: Listener, last: str, who: Identity, look_again: timedelta) -> AsyncIterator[Said]:
    while not listener.overflowed:
        try:
            event = await asyncio.wait_for(listener.queue.get(), timeout=look_again.total_seconds())
        except TimeoutError:
            if not await sessions.is_open(who):
                return
            finished = await _finished(listener, who)
            if finished is not None:
                yield finished
            continue
        if _place(event.id) > _place(last):
            last = event.id
            yield _said(event)


async def _finished(listener: Listener, who: Identity) -> Said | None:
    if listener.job_id is None:
        return None
    job = await jobs.get(who, listener.job_id)
    return _end(job) if job.status in _ENDS else None


def after(header: str | None) -> str | None:
    """Return a usable ``Last-Event-ID``; anything that is not one of ours counts as none."""
    return header if header and _EVENT_ID.fullmatch(header) else None


def _place(event_id: str) -> tuple[int, int]:
    moment, _, number = event_id.partition("-")
    return int(moment), int(number)


def _snapshot(job: JobView) -> Said:
    return Said(id=None, type=EventType.PROGRESS, data=_of_job(job, snapshot=True))


def _end(job: JobView) -> Said:
    return Said(id=None, type=_ENDS[job.status], data=_of_job(job, snapshot=False))


def _said(event: Event) -> Said:
    return Said(id=event.id, type=event.type, data=event.data)


def _of_job(job: JobView, *, snapshot: bool) -> str:
    # decode(encode): JobView holds raw JSON, which only the encoder can join.
    values = msgspec.json.decode(msgspec.json.encode(job))
    return _json({"job_id": str(job.id), "snapshot": snapshot, **values})


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
