"""The admins' stream: the overview, again whenever it has changed.

All admins of a process share one look every two seconds; who signs out or is no admin any more hears no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.types import ASGIApp
from sse_starlette import ServerSentEvent

from ...platform import logs
from ...platform.errors import Unavailable
from ...platform.services.overview import picture, users
from ...platform.services.overview.picture import Picture, Shared
from ...platform.services.sessions import Identity
from .. import guards
from ..guards import Caller
from . import sending

log = logs.get("streams")

EVERY = timedelta(seconds=2)
_HEALTH_EVERY = timedelta(seconds=15)
# Looks between two questions whether the listener is an admin still.
_ASK_AGAIN = 5


def shared() -> Shared[Picture]:
    """Return what all streams and pages of a process look at."""
    return picture.shared(every=EVERY * 0.9, health_every=_HEALTH_EVERY)


@get(
    "/admin/events",
    tags=["Administration"],
    media_type="text/event-stream",
    guards=[guards.staff],
    opt={"scope": "admin"},
)
async def overview_events(request: Request[Identity, None, State], identity: Caller) -> ASGIApp:
    """Stream the overview as `overview` events: at once, then whenever it has changed."""
    return sending.stream(_said(pictures(request.app.state.overview, identity)))


async def pictures(seen: Shared[Picture], who: Identity, *, every: timedelta = EVERY) -> AsyncIterator[Picture]:
    """Yield the picture, then each one that differs from the one before, while ``who`` is an admin."""
    last: Picture | None = None
    count = 0
    while True:
        count += 1
        try:
            if count % _ASK_AGAIN == 0 and not await users.is_staff(who):
                return
            now = await seen.now()
        except Unavailable as exc:  # a restart of PostgreSQL passes
            log.warning("overview_not_seen", error=str(exc))
        else:
            if last is None or not _same(last, now):
                yield now
            last = now
        await asyncio.sleep(every.total_seconds())


def _same(one: Picture, other: Picture) -> bool:
    return msgspec.structs.replace(one, at=other.at) == other


async def _said(seen: AsyncIterator[Picture]) -> AsyncIterator[ServerSentEvent]:
    async for one in seen:
        yield ServerSentEvent(id=None, event="overview", data=msgspec.json.encode(one).decode())


handlers = (overview_events,)
