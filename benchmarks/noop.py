"""Jobs that do nothing, from the outbox through Redis and a worker to their last row, beside Celery + SQLAlchemy.

The jobs are there when a round begins (their making is measured by ``submit``). Ours: the scheduler carries the
outbox to Redis, one worker process does the stages (``one_stage``). Theirs: a process sends the messages, a worker
does the tasks (``comparison/worker.py``, whose head says what it does and what is in its favour). The same
PostgreSQL and Redis, rounds alternate. CPU seconds are those of all the named processes and their children; what
PostgreSQL and Redis spend is shown beside them.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
import redis

from . import seed, servers, submit
from .figures import Figure, at_least, plain

JOBS = 10_000
ROUNDS = 2
WARM_UP = 400
# All of a user's jobs are worked on at once: the comparison knows no limit per user.
JOBS_OF_A_USER = 8
SLOTS = 16
TARGET = 3.0
_ROUND_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One side: the processes whose CPU counts, and what queues jobs and returns the CPU seconds of doing so."""

    name: str
    database: str
    processes: Sequence[psutil.Process]
    queue: Callable[[int], Awaitable[float]]


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one job took in a round, in seconds."""

    cpu: float
    database_cpu: float
    redis_cpu: float
    wall: float


def measure() -> list[Figure]:
    """Return the figures of both and their ratio."""
    with servers.home() as folder, servers.databases(folder) as (database, redis_url):
        beside = (submit._postmaster(folder), psutil.Process(redis.Redis.from_url(redis_url).info()["process_id"]))
        with _ours(folder, database, redis_url) as ours, _theirs(database, redis_url) as theirs:
            return asyncio.run(_measure(ours, theirs, beside))


async def _measure(ours: Contender, theirs: Contender, beside: tuple[psutil.Process, psutil.Process]) -> list[Figure]:
    for contender in (ours, theirs):
        await _round(contender, beside, WARM_UP)
    each = JOBS // ROUNDS
    rounds = [(await _round(ours, beside, each), await _round(theirs, beside, each)) for _ in range(ROUNDS)]
    for contender in (ours, theirs):
        await _check(contender, WARM_UP + JOBS)
    return _figures([one for one, _ in rounds], [other for _, other in rounds])


def _figures(ours: list[Round], theirs: list[Round]) -> list[Figure]:
    figures = []
    for name, rounds in (("Reelscribe", ours), ("Celery + SQLAlchemy", theirs)):
        figures += [
            plain(f"{name}: jobs per CPU second", 1 / _mean(rounds, "cpu")),
            plain(f"{name}: jobs per second", 1 / _mean(rounds, "wall")),
            plain(f"{name}: PostgreSQL's CPU a job", 1000 * _mean(rounds, "database_cpu"), unit=" ms", digits=2),
            plain(f"{name}: Redis's CPU a job", 1000 * _mean(rounds, "redis_cpu"), unit=" ms", digits=2),
        ]
    ratio = _mean(theirs, "cpu") / _mean(ours, "cpu")
    return [*figures, at_least("ratio of jobs per CPU second", ratio, TARGET, unit="x")]


def _mean(rounds: list[Round], field: str) -> float:
    return statistics.mean(getattr(each, field) for each in rounds)


async def _round(contender: Contender, beside: tuple[psutil.Process, psutil.Process], count: int) -> Round:
    watched = (contender.processes, [beside[0]], [beside[1]])
    before, begin = [_cpu(processes) for processes in watched], time.perf_counter()
    sending = await contender.queue(count)
    await _all_done(contender)
    wall = time.perf_counter() - begin
    cpu, database, redis_cpu = (_cpu(each) - was for each, was in zip(watched, before, strict=True))
    return Round(
        cpu=(cpu + sending) / count, database_cpu=database / count, redis_cpu=redis_cpu / count, wall=wall / count
    )


def _cpu(processes: Sequence[psutil.Process]) -> float:
    """Return the CPU seconds of the processes, their children and their ended children so far."""
    total = 0.0
    for each in processes:
        for member in (each, *each.children(recursive=True)):
            times = member.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


async def _all_done(contender: Contender) -> None:
    connection = await asyncpg.connect(contender.database)
    try:
        async with asyncio.timeout(_ROUND_SECONDS):
            while await connection.fetchval("SELECT count(*) FROM jobs WHERE finished_at IS NULL"):
                if any(each.status() == psutil.STATUS_ZOMBIE for each in contender.processes):
                    raise SystemExit(f"a process of {contender.name} has ended")
                await asyncio.sleep(0.2)
    finally:
        await connection.close()


async def _check(contender: Contender, expected: int) -> None:
    """Make sure that everything was done, once, and paid for."""
    connection = await asyncpg.connect(contender.database)
    try:
        wanted = {
            "SELECT count(*) FROM jobs WHERE status = 'completed' AND credits_charged = 1.5": expected,
            "SELECT count(*) FROM attempts WHERE outcome = 'succeeded'": expected,
            "SELECT count(*) FROM credit_entries WHERE kind = 'capture' AND balance_delta = -1.5": expected,
            "SELECT sum(held) FROM credit_accounts": 0,
        }
        for query, value in wanted.items():
            if (found := await connection.fetchval(query)) != value:
                raise SystemExit(f"{contender.name}: {query} gives {found}, not {value}")
    finally:
        await connection.close()


@contextmanager
def _ours(folder: Path, database: str, redis_url: str) -> Iterator[Contender]:
    async def queue(count: int) -> float:
        connection = await asyncpg.connect(database)
        try:
            owners = await seed.users(connection, count // JOBS_OF_A_USER)
            await seed.jobs(connection, owners, JOBS_OF_A_USER)
        finally:
            await connection.close()
        return 0.0  # the scheduler sends

    env = environment(folder, database, redis_url, REELSCRIBE_MEDIA_SLOTS=str(SLOTS))
    with one_stage(env) as processes:
        yield Contender(name="Reelscribe", database=database, processes=processes, queue=queue)


def environment(folder: Path, database: str, redis_url: str, **more: str) -> dict[str, str]:
    """Return the environment of our processes; ``more`` are whole variables."""
    ours = {"HOME": str(folder), "DATABASE_URL": database, "REDIS_URL": redis_url, "LOG_LEVEL": "warning"}
    named = {f"REELSCRIBE_{name}": value for name, value in ours.items()}
    return os.environ | named | {"REELSCRIBE_SECRET_KEY": secrets.token_hex(32)} | more


@contextmanager
def one_stage(env: dict[str, str]) -> Iterator[list[psutil.Process]]:
    """Lay out the database, then run the scheduler and a worker for jobs of one stage."""
    migrate = [sys.executable, "-m", "reelscribe", "migrate"]
    subprocess.run(migrate, env=env, check=True, timeout=120, stdout=subprocess.DEVNULL)
    with (
        _started([sys.executable, "-m", "reelscribe", "scheduler"], env) as scheduler,
        _started([sys.executable, "-m", "benchmarks.one_stage"], env) as worker,
    ):
        yield [scheduler, worker]


@contextmanager
def _theirs(database: str, redis_url: str) -> Iterator[Contender]:
    submit._install()
    asyncio.run(submit._create_database(database))
    url = submit._beside(database)
    env = os.environ | {
        "COMPARISON_DATABASE": url.replace("postgresql://", "postgresql+psycopg2://"),
        "COMPARISON_BROKER": redis_url.replace("unix://", "redis+socket://") + "?virtual_host=1",
        "PYTHONWARNINGS": "ignore",  # Celery's, about the user that a container has
    }

    async def queue(count: int) -> float:
        numbers = [str(count // JOBS_OF_A_USER), str(JOBS_OF_A_USER)]
        argv = [str(servers.BENCH_BIN / "python"), "-m", "benchmarks.comparison.publish", *numbers]
        sent = await asyncio.to_thread(subprocess.check_output, argv, env=env, cwd=servers.ROOT, timeout=_ROUND_SECONDS)
        return float(sent)

    asyncio.run(queue(0))  # makes the tables
    argv = [str(servers.BENCH_BIN / "celery"), "-A", "benchmarks.comparison.worker", "worker", "--loglevel", "WARNING"]
    argv += ["--pool", "prefork", "--concurrency", str(os.cpu_count()), "--without-gossip"]
    with _started([*argv, "--without-mingle", "--without-heartbeat"], env) as worker:
        yield Contender(name="Celery + SQLAlchemy", database=url, processes=[worker], queue=queue)


@contextmanager
def _started(argv: list[str], env: dict[str, str]) -> Iterator[psutil.Process]:
    child = subprocess.Popen(argv, env=env, cwd=servers.ROOT, stdout=subprocess.DEVNULL)
    try:
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(60)
