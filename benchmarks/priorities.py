"""How long a job waits behind a full queue, in turns of one job; real processes, a worker with one slot.

500 ``low`` jobs are queued, then ``high`` ones of somebody else come, one after the other; then the same with 1,000
jobs of one user and single ones of another, all of the same priority. The wait is from the transaction that accepted
the job to the one in which the worker claimed it, by PostgreSQL's clock; a turn is the time from one such claim to
the next, taken where the job waited, so that it has the same load.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx

from . import noop, seed, servers
from .figures import Figure, at_most, plain

WORK_SECONDS = 0.5
TIMES = 10
LOW = 500
CROWD = 1_000
_PATIENCE_SECONDS = 60


def measure() -> list[Figure]:
    """Return the longest waits of ``TIMES`` jobs each."""
    with servers.home() as folder, servers.databases(folder) as (database, redis_url):
        one = {"REELSCRIBE_MEDIA_SLOTS": "1", "BENCH_WORK_SECONDS": str(WORK_SECONDS)}
        env = noop.environment(folder, database, redis_url, **one)
        with noop.one_stage(env), _web(folder, env) as url, servers.sign_up(url) as client:
            high, single = asyncio.run(_measure(database, client))
    return [
        at_most(f"a high job behind {LOW} low ones, longest wait", max(high), 1.0, unit=" turns"),
        plain("the same, median", statistics.median(high), unit=" turns", digits=2),
        at_most(f"a single job behind {CROWD} of another user, longest wait", max(single), 2.0, unit=" turns"),
        plain("the same, median", statistics.median(single), unit=" turns", digits=2),
    ]


async def _measure(database: str, client: httpx.Client) -> tuple[list[float], list[float]]:
    connection = await asyncpg.connect(database)
    try:
        media_id = await _recording(connection, client)
        await _fill(connection, LOW, "low")
        high = [await _wait(connection, client, media_id, "high") for _ in range(TIMES)]
        await _fill(connection, CROWD, "normal")
        single = [await _wait(connection, client, media_id, "normal") for _ in range(TIMES)]
        return high, single
    finally:
        await connection.close()


async def _fill(connection: asyncpg.Connection, count: int, priority: str) -> None:
    """Queue ``count`` jobs of a new user and wait until their messages are in Redis and one of them runs."""
    await seed.jobs(connection, await seed.users(connection, 1), count, priority=priority)
    begun = "SELECT NOT EXISTS (SELECT 1 FROM outbox) AND EXISTS (SELECT 1 FROM jobs WHERE status = 'processing')"
    await _until(connection, begun)


async def _wait(connection: asyncpg.Connection, client: httpx.Client, media_id: UUID, priority: str) -> float:
    """Return how many turns a job waited that came at any moment of one."""
    await asyncio.sleep(random.uniform(0, WORK_SECONDS))
    body = {"media_id": str(media_id), "engine": "stub", "priority": priority}
    made = await asyncio.to_thread(client.post, "jobs", json=body)
    job_id = UUID(made.raise_for_status().json()["id"])
    await _until(connection, "SELECT finished_at IS NOT NULL FROM jobs WHERE id = $1", job_id)
    row = await connection.fetchrow("SELECT created_at, started_at FROM jobs WHERE id = $1", job_id)
    starts = await connection.fetch("SELECT started_at FROM jobs WHERE started_at <= $1 ORDER BY 1", row["started_at"])
    return _turns(row["created_at"], [each["started_at"] for each in starts])


def _turns(accepted: datetime, starts: list[datetime]) -> float:
    """Return the wait until the last of ``starts``, in units of the turns that it fell into."""
    before = bisect_right(starts, accepted) - 1
    turn = (starts[-1] - starts[before]) / (len(starts) - 1 - before)
    return (starts[-1] - accepted) / turn


async def _until(connection: asyncpg.Connection, query: str, *args: object) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await connection.fetchval(query, *args):  # noqa: ASYNC110 - the rows ring no bell
            await asyncio.sleep(0.02)


async def _recording(connection: asyncpg.Connection, client: httpx.Client) -> UUID:
    who = await asyncio.to_thread(client.get, "auth/me")
    media_id: UUID = await connection.fetchval(
        "INSERT INTO media (user_id, filename, storage_key, size_bytes, kind, duration_seconds)"
        " VALUES ($1, 'talk.mp4', 'priorities', 1, 'video', 90) RETURNING id",
        UUID(who.raise_for_status().json()["id"]),
    )
    return media_id


@contextmanager
def _web(folder: Path, env: dict[str, str]) -> Iterator[str]:
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    argv = ["-m", "reelscribe", "web", "--port", str(port)]
    log = folder / "web.log"
    with servers.process([sys.executable, *argv], env=env, url=url, path="/health/live", log=log):
        yield url
