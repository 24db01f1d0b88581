"""Which workers live, and what models they hold: each says so every few seconds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
import psutil

from .. import db, logs, storage, temporary
from ..engines import registry
from ..engines.budget import resident_bytes
from ..engines.stats import PoolStats
from ..errors import Unavailable
from ..queue.tasks import Group
from . import mended

log = logs.get("workers")

_EVERY_SECONDS = 10
_SWEEP_EVERY_SECONDS = 600
_tasks: list[asyncio.Task[None]] = []  # one worker per process


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model in the memory of a worker's engine process; ``is_busy``: it works, else it is warm and idle."""

    engine: str
    model: str
    is_busy: bool
    memory_bytes: int


class Pool(PoolStats, kw_only=True):
    """What a worker's engine processes did since it started, and the models that they hold now."""

    models: tuple[Model, ...] = ()


async def start(name: str, queues: Sequence[str], *, slots: Mapping[str, int]) -> None:
    """Enter the worker, with how many stages of each group it does at once, and keep saying that it lives.

    It also sweeps the temporary folders of dead processes on its machine, now and every ten minutes, keeps recordings
    that it fetched, and loads the speech models that the settings name, if it does speech at all; nothing waits for
    that.
    """
    await _enter(name, queues, slots)
    duties = [
        _repeat(lambda: _enter(name, queues, slots), every_seconds=_EVERY_SECONDS, after_seconds=_EVERY_SECONDS),
        _repeat(_sweep, every_seconds=_SWEEP_EVERY_SECONDS),
        storage.current().keep_copies(),
    ]
    if any(queue.partition(".")[0] == Group.ENGINE for queue in queues):
        duties.append(_preload())
    _tasks.extend(asyncio.create_task(each) for each in duties)


async def stop(name: str) -> None:
    """Take the worker off the list."""
    for task in _tasks:
        task.cancel()
    await asyncio.gather(*_tasks, return_exceptions=True)
    _tasks.clear()
    try:
        await db.execute("DELETE FROM workers WHERE id = $1", name)
    except Unavailable as exc:  # it is forgotten when it has been silent for a while
        log.warning("worker_still_listed", error=str(exc))


async def forget_silent() -> int:
    """Take workers off the list that were silent for five minutes; returns how many."""
    return await db.execute("DELETE FROM workers WHERE seen_at < now() - interval '5 minutes'")


async def _repeat(do: Callable[[], Awaitable[None]], *, every_seconds: float, after_seconds: float = 0.0) -> None:
    await asyncio.sleep(after_seconds)
    while True:
        try:
            await do()
        except Unavailable as exc:
            log.warning("worker_not_seen", error=str(exc))
        # asyncpg swallows a cancel that comes just when a new connection is there (before Python 3.12).
        if _is_cancelled():
            return
        await asyncio.sleep(every_seconds)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _sweep() -> None:
    swept = await asyncio.to_thread(temporary.sweep)
    if swept:
        log.info("temporary_folders_swept", count=swept)
        with contextlib.suppress(Unavailable):  # only the figure is lost
            await mended.add("sweep_temporary", swept)


async def _preload() -> None:
    loaded = await registry.preload()
    if loaded:
        log.info("engines_preloaded", count=loaded)


_ENTER = """
INSERT INTO workers (id, host, pid, queues, memory_bytes, slots, pool) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET seen_at = now(), memory_bytes = excluded.memory_bytes, slots = excluded.slots,
    pool = excluded.pool
"""


async def _enter(name: str, queues: Sequence[str], slots: Mapping[str, int]) -> None:
    await db.execute(
        _ENTER,
        name,
        socket.gethostname(),
        os.getpid(),
        list(queues),
        _memory_bytes(),
        msgspec.json.encode(slots).decode(),
        msgspec.json.encode(_pool()).decode(),
    )


def _pool() -> Pool:
    models = tuple(
        Model(engine=each.engine, model=each.model, is_busy=each.is_busy, memory_bytes=resident_bytes(each.pid))
        for each in registry.residents()
    )
    return Pool(**msgspec.structs.asdict(registry.stats()), models=models)


def _memory_bytes() -> int:
    """Return what the worker and its child processes hold; memory that they share counts for each."""
    pids = [os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))]
    return sum(resident_bytes(pid) for pid in pids)
