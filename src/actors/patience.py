"""Wait for PostgreSQL rather than lose what was worked out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..platform import logs
from ..platform.errors import Unavailable

log = logs.get("worker")

# How often, a second apart, something is tried.
_PATIENCE_SECONDS = 60

T = TypeVar("T")


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask PostgreSQL, patiently: an hour of work must not be lost to its restart.

    Raises:
        Unavailable: it did not answer for a minute.
    """
    for _ in range(_PATIENCE_SECONDS):
        try:
            return await ask()
        except Unavailable as exc:
            log.warning("database_awaited", error=str(exc))
            await asyncio.sleep(1)
    return await ask()
