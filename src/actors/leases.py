"""How long what a worker has taken belongs to it, and how often it says that it is still there."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from ..platform.settings import current

_AGAIN_SECONDS = 1.0


def length() -> timedelta:
    """Return how long a stage or a piece belongs to a worker that is silent."""
    return timedelta(seconds=current().lease_seconds)


def beat() -> timedelta:
    """Return how often a lease is renewed."""
    # A cancel must stop the work within 5 s, so the heartbeat looks at least every 1.5 s.
    return min(timedelta(seconds=1.5), length() / 4)


async def end(heartbeat: asyncio.Task[None]) -> None:
    """End a heartbeat and wait for it; raises what went wrong in it."""
    while not heartbeat.done():
        # Again and again: asyncpg swallows a cancel that comes just when a new connection is there (Python 3.11),
        # and a heartbeat that goes on would keep what nobody works on.
        heartbeat.cancel()
        # Not "await heartbeat": its end by cancellation and that of the waiting task would look the same.
        await asyncio.wait([heartbeat], timeout=_AGAIN_SECONDS)
    if not heartbeat.cancelled():
        heartbeat.result()
