"""A browser's end of a stream.

Fixtures:
    opened   ``async with opened(member, path, last=…) as stream`` -> a ``Stream`` to read events from
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent

from tests.web.conftest import Member


class Stream:
    """Events one by one; waiting for one that does not come fails."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._events = EventSource(response).aiter_sse()

    async def next(self) -> ServerSentEvent:
        return await asyncio.wait_for(anext(self._events), timeout=30)

    async def data(self) -> dict[str, Any]:
        """Return the next event's data."""
        found: dict[str, Any] = json.loads((await self.next()).data)
        return found

    async def rest(self) -> list[str]:
        """Return the names of all events until the stream ends."""
        async with asyncio.timeout(30):
            return [event.event async for event in self._events]


Opened = Callable[..., AbstractAsyncContextManager[Stream]]


@pytest.fixture
def opened() -> Opened:
    @asynccontextmanager
    async def open_stream(member: Member, path: str, *, last: str | None = None) -> AsyncIterator[Stream]:
        headers = {"Last-Event-ID": last} if last else {}
        async with member.http.stream("GET", path, headers=headers) as response:
            yield Stream(response)

    return open_stream
