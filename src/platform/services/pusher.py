"""The task of a process that carries new messages to Redis; for processes that create jobs."""

from __future__ import annotations

from ..queue import dispatch


async def start() -> None:
    """Begin to push; Redis must be open."""
    await dispatch.start()


async def stop() -> None:
    """Push what is left, then end."""
    await dispatch.stop()
