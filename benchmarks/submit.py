"""``POST /api/v1/jobs``: accepted requests per CPU second, beside FastAPI + SQLAlchemy + Celery.

One web process each, uvicorn with uvloop and httptools, the same PostgreSQL and Redis, no workers. Rounds
alternate; the load comes from a process of its own. CPU seconds are those of the web process, where the two
differ by design; what PostgreSQL spends is shown beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from . import servers
from .figures import Figure, at_least, plain

USERS = 32
CONNECTIONS = 16
WARM_UP = 300
REQUESTS = 1500
ROUNDS = 3
TARGET = 4.0
OPTIONS = {"engine": "stub", "language": "en", "mode": "dialogue"}


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A server under test, and what is sent to it."""

    name: str
    port: int
    process: psutil.Process
    requests: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one round of one contender took; CPU in seconds per accepted request."""

    rate: float
    web_cpu: float
    database_cpu: float
    p50_ms: float


def measure() -> list[Figure]:
    """Return the figures of both and their ratio."""
    with servers.home() as folder, servers.databases(folder) as (database, redis):
        postmaster = _postmaster(folder)
        with _ours(folder, database, redis) as ours, _theirs(folder, database, redis) as theirs:
            for contender in (ours, theirs):
                _load(contender, WARM_UP)
            rounds = [(_round(ours, postmaster), _round(theirs, postmaster)) for _ in range(ROUNDS)]
        for url in (database, _beside(database)):
            asyncio.run(_check_rows(url))
    return _figures([each for each, _ in rounds], [each for _, each in rounds])


def _figures(ours: list[Round], theirs: list[Round]) -> list[Figure]:
    figures = []
    for name, rounds in (("Reelscribe", ours), ("FastAPI + SQLAlchemy + Celery", theirs)):
        figures += [
            plain(f"{name}: accepted per second", _median(rounds, "rate")),
            plain(f"{name}: median answer", _median(rounds, "p50_ms"), unit=" ms"),
            plain(f"{name}: accepted per web CPU second", 1 / _median(rounds, "web_cpu")),
            plain(f"{name}: accepted per PostgreSQL CPU second", 1 / _median(rounds, "database_cpu")),
        ]
    ratio = _median(theirs, "web_cpu") / _median(ours, "web_cpu")
    return [*figures, at_least("ratio of accepted per web CPU second", ratio, TARGET, unit="x")]


def _median(rounds: list[Round], field: str) -> float:
    return statistics.median(getattr(each, field) for each in rounds)


def _round(contender: Contender, postmaster: psutil.Process) -> Round:
    web, database = servers.cpu_seconds(contender.process), _backends(postmaster)
    result = _load(contender, REQUESTS)
    accepted = result["accepted"]
    return Round(
        rate=accepted / result["seconds"],
        web_cpu=(servers.cpu_seconds(contender.process) - web) / accepted,
        database_cpu=(_backends(postmaster) - database) / accepted,
        p50_ms=result["p50_ms"],
    )


def _load(contender: Contender, count: int) -> dict[str, float]:
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", str(contender.port), str(count), str(CONNECTIONS)],
        input=json.dumps(contender.requests),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
        cwd=servers.ROOT,
    )
    figures: dict[str, float] = json.loads(result.stdout)
    if figures["refused"]:
        raise SystemExit(f"{contender.name} refused {figures['refused']} requests")
    return figures


def _backends(postmaster: psutil.Process) -> float:
    return sum(servers.cpu_seconds(child) for child in postmaster.children())


def _postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]))


@contextmanager
def _ours(folder: Path, database: str, redis: str) -> Iterator[Contender]:
    port = servers.free_port()
    env = {
        "REELSCRIBE_HOME": str(folder),
        "REELSCRIBE_DATABASE_URL": database,
        "REELSCRIBE_REDIS_URL": redis,
        "REELSCRIBE_SECRET_KEY": secrets.token_hex(32),
        "REELSCRIBE_SIGNUP_CREDITS": "10000000",
        # Nobody works here, so that all but the first few jobs of a user would wait without a message.
        "REELSCRIBE_USER_JOBS_AT_ONCE": "1000000",
    }
    subprocess.run([sys.executable, "-m", "reelscribe", "migrate"], env=os.environ | env, check=True, timeout=120)
    argv = [sys.executable, "-m", "reelscribe", "web", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with servers.process(argv, env=env, url=url, path="/health/live", log=folder / "web.log") as process:
        requests = asyncio.run(_media(database, _tokens(url)))
        yield Contender(name="Reelscribe", port=port, process=process, requests=requests)


def _tokens(url: str) -> list[tuple[str, str]]:
    users = []
    for number in range(USERS):
        with servers.sign_up(url, number) as client:
            users.append((client.get("auth/me").raise_for_status().json()["id"], servers.token_of(client)))
    return users


async def _media(database: str, users: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give each user a recording of 90 s; straight into the table, for uploading is not what is measured."""
    connection = await asyncpg.connect(database)
    requests = []
    try:
        for user_id, token in users:
            media_id = await connection.fetchval(
                "INSERT INTO media (user_id, filename, storage_key, size_bytes, kind, duration_seconds)"
                " VALUES ($1, 'talk.mp4', $2, 1, 'video', 90) RETURNING id",
                user_id,
                secrets.token_hex(8),
            )
            requests.append((token, json.dumps({"media_id": str(media_id), **OPTIONS})))
    finally:
        await connection.close()
    return requests


@contextmanager
def _theirs(folder: Path, database: str, redis: str) -> Iterator[Contender]:
    _install()
    asyncio.run(_create_database(database))
    port = servers.free_port()
    env = {
        "COMPARISON_DATABASE": _beside(database).replace("postgresql://", "postgresql+psycopg2://"),
        "COMPARISON_BROKER": redis.replace("unix://", "redis+socket://") + "?virtual_host=1",
        "COMPARISON_SECRET": secrets.token_hex(32),
    }
    prepared = subprocess.run(
        [str(servers.BENCH_BIN / "python"), "-m", "benchmarks.comparison.prepare", str(USERS)],
        env=os.environ | env,
        cwd=servers.ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    requests = [
        (token, json.dumps({"media_id": media_id, **OPTIONS}))
        for token, media_id in json.loads(prepared.stdout)["requests"]
    ]
    argv = [str(servers.BENCH_BIN / "uvicorn"), "benchmarks.comparison.app:app", "--port", str(port)]
    argv += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    url = f"http://127.0.0.1:{port}"
    log = folder / "comparison.log"
    with servers.process(argv, env=env, url=url, path="/health", log=log) as process:
        yield Contender(name="FastAPI + SQLAlchemy + Celery", port=port, process=process, requests=requests)


def _beside(database: str) -> str:
    return database.replace("/reelscribe?", "/comparison?")


async def _check_rows(database: str) -> None:
    """Make sure that what was accepted is there, all of it."""
    expected = WARM_UP + ROUNDS * REQUESTS
    connection = await asyncpg.connect(database)
    try:
        for table, number in (("jobs", expected), ("stages", 6 * expected)):
            found = await connection.fetchval(f"SELECT count(*) FROM {table}")
            if found != number:
                raise SystemExit(f"{table} has {found} rows, not {number}")
        held = await connection.fetchval("SELECT sum(held) FROM credit_accounts")
        if held != await connection.fetchval("SELECT sum(credits_held) FROM jobs"):
            raise SystemExit("what is held is not what the jobs hold")
    finally:
        await connection.close()


async def _create_database(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("CREATE DATABASE comparison")
    finally:
        await connection.close()


def _install() -> None:
    """Make ``.venv-bench`` unless it is there: the comparison's packages do not mix with ours."""
    pinned = servers.ROOT / "requirements" / "bench.txt"
    stamp = servers.BENCH_BIN.parent / ".installed"
    if stamp.exists() and stamp.read_bytes() == pinned.read_bytes():
        return
    print("  making .venv-bench", flush=True)
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, servers.BENCH_BIN.parent], check=True)
    argv = [uv, "pip", "install", "--quiet", "--python", servers.BENCH_BIN / "python", "--require-hashes", "-r", pinned]
    subprocess.run(argv, check=True)
    stamp.write_bytes(pinned.read_bytes())
