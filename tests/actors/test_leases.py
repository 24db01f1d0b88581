"""A heartbeat ends when it is told to."""

from __future__ import annotations

import asyncio

import pytest
from reelscribe.actors import leases


async def test_heartbeat_that_misses_a_cancel_is_cancelled_again():
    missed = asyncio.Event()

    async def beat() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            missed.set()
        await asyncio.Event().wait()

    heartbeat = asyncio.create_task(beat())
    await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await leases.end(heartbeat)

    assert missed.is_set()
    assert heartbeat.cancelled()


async def test_what_went_wrong_in_a_heartbeat_is_raised():
    async def beat() -> None:
        raise ValueError("it broke")

    heartbeat = asyncio.create_task(beat())
    await asyncio.sleep(0)

    with pytest.raises(ValueError, match="it broke"):
        await leases.end(heartbeat)
