"""How every stream of ours is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from litestar.types import ASGIApp
from sse_starlette import EventSourceResponse, ServerSentEvent

# A browser that takes nothing for so long is gone; a heartbeat comment goes out in between.
_SEND_TIMEOUT_SECONDS = 30.0
_HEARTBEAT_SECONDS = 15


def stream(events: AsyncIterator[ServerSentEvent]) -> ASGIApp:
    """Return an answer that sends ``events`` as they come, with a heartbeat comment when it is quiet."""
    response = EventSourceResponse(events, ping=_HEARTBEAT_SECONDS, send_timeout=_SEND_TIMEOUT_SECONDS)
    # Starlette and Litestar write the same ASGI types in two ways.
    return cast("ASGIApp", response)
