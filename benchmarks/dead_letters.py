"""The list of dead letters over the HTTP API, with 100,000 letters: every filter, page, sort and search.

One web process and PostgreSQL, one request after the other. Each figure is the median of some requests, from the
request to the last byte of the answer; CPU is what the web process and PostgreSQL spent on one. VACUUM ANALYZE runs
after the letters are made, as autovacuum does within a minute.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import psutil
from reelscribe.platform import db
from reelscribe.platform.services.dead_letters.places import Place
from reelscribe.platform.settings import current

from tests.platform.services.dead_letters import letters

from . import servers
from .figures import Figure, at_most, plain

LETTERS = 100_000
USERS = 1000
CAUSES = 50
REQUESTS = 9
TARGET_MS = 50.0
LIST = "admin/dead-letters"

_DAYS_AGO_3 = (datetime.now(UTC) - timedelta(days=3)).isoformat()
FILTERS: dict[str, dict[str, Any]] = {
    "no filter": {},
    "status=all": {"status": "all"},
    "muted=true": {"muted": True},
    "kind": {"kind": "transcription"},
    "stage": {"stage": "align"},
    "code": {"code": "time_limit"},
    "engine": {"engine": "stub"},
    "priority": {"priority": "high"},
    "user": {"user": "owner7@example.test"},
    "worker": {"worker": "worker-3"},
    "fingerprint": {"fingerprint": "c81e728d9d4c2f636f067f89cc14862c"},
    "attempts": {"attempts": 2},
    "reviewed": {"reviewed": True},
    "not reviewed": {"reviewed": False},
    "assigned_to": {"assigned_to": "00000000-0000-4000-8000-000000000000"},
    "since": {"since": _DAYS_AGO_3},
    "until": {"until": _DAYS_AGO_3},
    "three filters": {"engine": "stub", "stage": "align", "code": "time_limit"},
    "filters that exclude each other": {"engine": "stub", "priority": "high"},
    "search, one letter": {"q": "lecture-4711.mp4"},
    "search, one user": {"q": "owner777"},
    "search, a tenth": {"q": "owner7"},
    "search, nothing": {"q": "nobody knows"},
    "search and filter": {"q": "owner7", "engine": "pocketsphinx"},
    "search, all of them": {"q": "engine gave"},
}


def measure() -> list[Figure]:
    """Return the time of every kind of question, and what the slowest costs in CPU."""
    with servers.home() as folder, servers.databases(folder) as (database, redis), _web(folder, database, redis) as web:
        asyncio.run(_seed(database))
        with servers.sign_up(web.url) as client:
            asyncio.run(_promote(database))
            return list(_figures(client, web))


class _Web:
    def __init__(self, url: str, process: psutil.Process, postmaster: psutil.Process) -> None:
        self.url = url
        self._process, self._postmaster = process, postmaster

    def cpu(self) -> float:
        """CPU seconds so far of the web process and of PostgreSQL's connections."""
        return sum(servers.cpu_seconds(each) for each in (self._process, *self._postmaster.children()))


def _figures(client: httpx.Client, web: _Web) -> Iterator[Figure]:
    spent = []
    for name, query in FILTERS.items():
        for place, where in _places(client, query):
            took, cpu = _time(client, web, LIST, {**query, **where})
            spent.append(cpu)
            yield _figure(f"list, {name}: {place}", took, cpu)
    for path in (f"{LIST}/groups", f"{LIST}/totals"):
        for name in ("no filter", "engine", "search, a tenth", "search, all of them"):
            took, cpu = _time(client, web, path, FILTERS[name])
            spent.append(cpu)
            yield _figure(f"{path.rsplit('/', 1)[1]}, {name}", took, cpu)
    yield plain("CPU of web and PostgreSQL for one request: median of all these", statistics.median(spent), unit=" ms")
    yield plain("CPU of web and PostgreSQL for one request: the most", max(spent), unit=" ms")


def _figure(name: str, took: float, cpu: float) -> Figure:
    # On a machine that does other things too, the CPU tells what it would take without them.
    return at_most(f"{name} (CPU {cpu:.0f} ms)", took, TARGET_MS, unit=" ms", digits=1)


def _places(client: httpx.Client, query: dict[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the pages to ask for: first, middle and last, and the first by attempts."""
    yield "first page", {}
    total = client.get(LIST, params={**query, "limit": 1}).raise_for_status().json()["total"]
    if total > 100:
        last = client.get(LIST, params={**query, "sort": "oldest"}).raise_for_status().json()
        yield "last page", {"cursor": _before(last["items"][0], 50)}
        yield "a page in the middle", {"cursor": _before(last["items"][0], total // 2)}
    yield "by attempts", {"sort": "attempts"}


def _before(oldest: dict[str, Any], seconds_later: int) -> str:
    """Return the cursor of the place some letters (one each 5 seconds) before the end of the list."""
    at = datetime.fromisoformat(oldest["created_at"]) + timedelta(seconds=5 * seconds_later)
    return Place(id=UUID(int=0), created_at=at, attempts=2).cursor


def _time(client: httpx.Client, web: _Web, path: str, query: dict[str, Any]) -> tuple[float, float]:
    """Return the median milliseconds of a request, and the CPU milliseconds that one took."""
    client.get(path, params=query).raise_for_status()
    times = []
    before = web.cpu()
    for _ in range(REQUESTS):
        start = time.perf_counter()
        client.get(path, params=query).raise_for_status()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), 1000 * (web.cpu() - before) / REQUESTS


@contextmanager
def _web(folder: Path, database: str, redis: str) -> Iterator[_Web]:
    port = servers.free_port()
    env = {
        "REELSCRIBE_HOME": str(folder),
        "REELSCRIBE_DATABASE_URL": database,
        "REELSCRIBE_REDIS_URL": redis,
        "REELSCRIBE_SECRET_KEY": secrets.token_hex(32),
    }
    subprocess.run([sys.executable, "-m", "reelscribe", "migrate"], env=os.environ | env, check=True, timeout=120)
    argv = [sys.executable, "-m", "reelscribe", "web", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    postmaster = psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]))
    with servers.process(argv, env=env, url=url, path="/health/live", log=folder / "web.log") as process:
        yield _Web(url, process, postmaster)


async def _seed(database: str) -> None:
    os.environ["REELSCRIBE_DATABASE_URL"] = database
    current.cache_clear()
    await db.start()
    try:
        await letters.series(LETTERS, users=USERS, causes=CAUSES, seconds_apart=5)
        await db.execute("VACUUM ANALYZE")
    finally:
        await db.stop()


async def _promote(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("UPDATE users SET role = 'admin' WHERE email = 'bench0@example.com'")
    finally:
        await connection.close()
