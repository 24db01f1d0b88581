"""Server-sent events, per job and per user."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, cast
from uuid import UUID

from litestar import Request, get
from litestar.datastructures import State
from litestar.params import FromPath, HeaderParameter
from litestar.types import ASGIApp
from sse_starlette import EventSourceResponse, ServerSentEvent

from ...platform.services import jobs
from ...platform.services.sessions import Identity
from ..guards import Caller
from . import feed
from .feed import Said

LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", max_length=64, description="Replays what came after this event"),
]

# A browser that takes nothing for so long is gone; a heartbeat comment goes out in between.
_SEND_TIMEOUT_SECONDS = 30.0
_HEARTBEAT_SECONDS = 15


@get("/jobs/{job_id:uuid}/events", tags=["Events"], media_type="text/event-stream")
async def job_events(
    request: Request[Identity, None, State],
    job_id: FromPath[UUID],
    identity: Caller,
    last_event_id: LastEventId = None,
) -> ASGIApp:
    """Stream what happens to a job: a snapshot, what was missed, then live until the job is finished."""
    await jobs.get(identity, job_id)
    return _stream(feed.of_job(request.app.state.hub, identity, job_id, feed.after(last_event_id)))


@get("/events", tags=["Events"], media_type="text/event-stream")
async def user_events(
    request: Request[Identity, None, State], identity: Caller, last_event_id: LastEventId = None
) -> ASGIApp:
    """Stream what happens to all jobs and the credits of the user."""
    return _stream(feed.of_user(request.app.state.hub, identity, feed.after(last_event_id)))


def _stream(said: AsyncIterator[Said]) -> ASGIApp:
    response = EventSourceResponse(_encoded(said), ping=_HEARTBEAT_SECONDS, send_timeout=_SEND_TIMEOUT_SECONDS)
    # Starlette and Litestar write the same ASGI types in two ways.
    return cast("ASGIApp", response)


async def _encoded(said: AsyncIterator[Said]) -> AsyncIterator[ServerSentEvent]:
    async for one in said:
        yield ServerSentEvent(id=one.id, event=one.type.value, data=one.data)


handlers = (job_events, user_events)
