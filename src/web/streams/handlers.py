"""Server-sent events, per job and per user."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from litestar import Request, get
from litestar.datastructures import State
from litestar.params import FromPath, HeaderParameter
from litestar.types import ASGIApp
from sse_starlette import ServerSentEvent

from ...platform.services import jobs
from ...platform.services.sessions import Identity
from ..guards import Caller
from . import feed, overview, sending
from .feed import Said

LastEventId = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", max_length=64, description="Replays what came after this event"),
]


@get("/jobs/{job_id:uuid}/events", tags=["Events"], media_type="text/event-stream")
async def job_events(
    request: Request[Identity, None, State],
    job_id: FromPath[UUID],
    identity: Caller,
    last_event_id: LastEventId = None,
) -> ASGIApp:
    """Stream what happens to a job: a snapshot, what was missed, then live until the job is finished."""
    await jobs.get(identity, job_id)
    return sending.stream(_encoded(feed.of_job(request.app.state.hub, identity, job_id, feed.after(last_event_id))))


@get("/events", tags=["Events"], media_type="text/event-stream")
async def user_events(
    request: Request[Identity, None, State], identity: Caller, last_event_id: LastEventId = None
) -> ASGIApp:
    """Stream what happens to all jobs and the credits of the user."""
    return sending.stream(_encoded(feed.of_user(request.app.state.hub, identity, feed.after(last_event_id))))


async def _encoded(said: AsyncIterator[Said]) -> AsyncIterator[ServerSentEvent]:
    async for one in said:
        yield ServerSentEvent(id=one.id, event=one.type.value, data=one.data)


handlers = (job_events, user_events, *overview.handlers)
