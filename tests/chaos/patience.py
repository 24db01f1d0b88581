"""Waiting for what passes by itself, within bounds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.exceptions import RedisError
from reelscribe.platform.errors import Unavailable

T = TypeVar("T")


async def patiently(work: Callable[[], Awaitable[T]], *, seconds: float = 60.0) -> T:
    """Do ``work``, again and again while PostgreSQL or Redis is away."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await work()
        except (Unavailable, RedisError):
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.2)


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float, every: float = 0.2) -> bool:
    """Wait until ``condition`` holds; False where it does not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not await patiently(condition):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(every)
    return True
