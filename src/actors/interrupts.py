"""What a worker that is told to stop interrupts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..platform.engines.protocol import GOES_ON

# A stage may run twice for a moment: cancelled and retried before its first work has ended.
_running: set[asyncio.Task[Any]] = set()
_stopping = False


@contextmanager
def by_shutdown(task: asyncio.Task[Any]) -> Iterator[None]:
    """Have ``task`` cancelled when the worker stops within the block, or has been told to before."""
    _running.add(task)
    if _stopping:
        task.cancel(GOES_ON)
    try:
        yield
    finally:
        _running.discard(task)


def stopping() -> bool:
    """Return whether this worker is shutting down."""
    return _stopping


async def stop_all() -> None:
    """Interrupt all that runs, so that other workers take it at once."""
    global _stopping  # noqa: PLW0603 - one worker per process
    _stopping = True
    for task in _running:
        task.cancel(GOES_ON)
    await asyncio.gather(*_running, return_exceptions=True)
