"""Which workers live: each says so every few seconds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Sequence

import psutil

from .. import db, logs
from ..errors import Unavailable

log = logs.get("workers")

_EVERY_SECONDS = 10
_beating: asyncio.Task[None] | None = None


async def start(name: str, queues: Sequence[str]) -> None:
    """Enter the worker and keep saying that it lives."""
    global _beating  # noqa: PLW0603 - one worker per process
    await _enter(name, queues)
    _beating = asyncio.create_task(_beat(name, queues))


async def stop(name: str) -> None:
    """Take the worker off the list."""
    if _beating is not None:
        _beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await _beating
    try:
        await db.execute("DELETE FROM workers WHERE id = $1", name)
    except Unavailable as exc:  # it is forgotten when it has been silent for a while
        log.warning("worker_still_listed", error=str(exc))


async def forget_silent() -> int:
    """Take workers off the list that were silent for five minutes; returns how many."""
    return await db.execute("DELETE FROM workers WHERE seen_at < now() - interval '5 minutes'")


async def _beat(name: str, queues: Sequence[str]) -> None:
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        try:
            await _enter(name, queues)
        except Unavailable as exc:
            log.warning("worker_not_seen", error=str(exc))


async def _enter(name: str, queues: Sequence[str]) -> None:
    await db.execute(
        "INSERT INTO workers (id, host, pid, queues, memory_bytes) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (id) DO UPDATE SET seen_at = now(), memory_bytes = excluded.memory_bytes",
        name,
        socket.gethostname(),
        os.getpid(),
        list(queues),
        _memory_bytes(),
    )


def _memory_bytes() -> int:
    return int(psutil.Process().memory_info().rss)
