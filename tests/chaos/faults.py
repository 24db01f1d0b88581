"""What may break, each once and for a bounded time; every one says whether there was something to break."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

import psutil
from reelscribe.platform import db, redis
from reelscribe.platform.services import controls

from .fleet import Member
from .patience import patiently
from .provider import Mood
from .world import World

Act = Callable[[World, Random], Awaitable[bool]]


@dataclass(frozen=True)
class Fault:
    """``target`` is what it breaks: two faults of one target never happen at once."""

    name: str
    target: str
    act: Act


async def kill_worker(world: World, rng: Random) -> bool:
    """Kill the worker that does most."""
    busiest = await _busiest(world, rng)
    return busiest is not None and busiest.send(signal.SIGKILL)


async def end_worker(world: World, rng: Random) -> bool:
    """Ask the worker that does most to end, in the middle of its work."""
    busiest = await _busiest(world, rng)
    return busiest is not None and busiest.send(signal.SIGTERM)


async def stop_worker(world: World, rng: Random) -> bool:
    """Stop the worker that does most for longer than its leases: its late results must be refused."""
    busiest = await _busiest(world, rng)
    return busiest is not None and await _stopped(busiest, world.lease_seconds + 4.0)


async def kill_scheduler(world: World, rng: Random) -> bool:
    """Kill the scheduler that leads."""
    leader = world.fleet.leader()
    return leader is not None and leader.send(signal.SIGKILL)


async def stop_scheduler(world: World, rng: Random) -> bool:
    """Stop the scheduler that leads, for so long that the other one must have taken over."""
    leader = world.fleet.leader()
    if leader is None or not await _stopped(leader, 16.0):
        return False
    world.takeovers.append(world.fleet.leader() is not leader)
    return True


async def kill_engine(world: World, rng: Random) -> bool:
    """Kill a speech engine."""
    return _signal_engine(world, rng, signal.SIGKILL) is not None


async def stop_engine(world: World, rng: Random) -> bool:
    """Stop a speech engine for longer than a lease: its worker lives, so nobody else may take the work."""
    engine = _signal_engine(world, rng, signal.SIGSTOP)
    if engine is None:
        return False
    await asyncio.sleep(world.lease_seconds + 2.0)
    if engine.is_running():
        engine.send_signal(signal.SIGCONT)
    return True


async def kill_web(world: World, rng: Random) -> bool:
    """Kill the web process in the middle of its requests."""
    return world.fleet.web.send(signal.SIGKILL)


async def restart_postgres(world: World, rng: Random) -> bool:
    """Restart PostgreSQL as an administrator does: it ends every connection."""
    await world.servers.postgres.restart(signal.SIGINT)
    return True


async def crash_postgres(world: World, rng: Random) -> bool:
    """Let PostgreSQL die without a word (immediate mode), stay away and recover from its log."""
    await world.servers.postgres.restart(signal.SIGQUIT, away_seconds=rng.uniform(0.5, 2.0))
    return True


async def flush_redis(world: World, rng: Random) -> bool:
    """Let Redis forget everything while it runs."""
    await redis.client().flushall()
    return True


async def restart_redis(world: World, rng: Random) -> bool:
    """Let Redis go away and come back empty."""
    await world.servers.redis.restart(away_seconds=rng.uniform(0.0, 1.5))
    return True


async def kill_redis(world: World, rng: Random) -> bool:
    """Kill Redis; it comes back empty."""
    await world.servers.redis.restart(signal.SIGKILL)
    return True


async def fill_storage(world: World, rng: Random) -> bool:
    """Let no process of ours write a file (the system answers EFBIG), until space is found again."""
    _limit_files(world, 0)
    await asyncio.sleep(rng.uniform(2.0, 4.0))
    _limit_files(world, resource.RLIM_INFINITY)
    return True


async def pause_queue(world: World, rng: Random) -> bool:
    """Pause some queue or engine for a while."""
    return await _control(world, rng.choice(["all", "media", "engine", "io", "normal", "engine:flaky"]), "paused")


async def drain_queue(world: World, rng: Random) -> bool:
    """Take in no new jobs for a while."""
    return await _control(world, "all", "draining")


def _provider(mood: Mood) -> Act:
    async def act(world: World, rng: Random) -> bool:
        await world.provider.become(mood)
        await asyncio.sleep(rng.uniform(3.0, 7.0))
        await world.provider.become(Mood.WELL)
        return True

    return act


FAULTS = (
    Fault("a worker is killed", "worker", kill_worker),
    Fault("a worker is told to end", "worker", end_worker),
    Fault("a worker is stopped for longer than its leases", "worker", stop_worker),
    Fault("the leading scheduler is killed", "scheduler", kill_scheduler),
    Fault("the leading scheduler is stopped", "scheduler", stop_scheduler),
    Fault("a speech engine is killed", "engine", kill_engine),
    Fault("a speech engine is stopped", "engine", stop_engine),
    Fault("the web process is killed", "web", kill_web),
    Fault("PostgreSQL is restarted", "postgres", restart_postgres),
    Fault("PostgreSQL crashes", "postgres", crash_postgres),
    Fault("Redis is flushed", "redis", flush_redis),
    Fault("Redis is restarted, empty", "redis", restart_redis),
    Fault("Redis is killed", "redis", kill_redis),
    Fault("the storage is full", "storage", fill_storage),
    Fault("a queue is paused", "controls", pause_queue),
    Fault("no new jobs are taken in", "controls", drain_queue),
    *(Fault(f"the provider {mood}", "provider", _provider(mood)) for mood in Mood if mood is not Mood.WELL),
)
# What tiny jobs of texts never need.
OF_SPEECH = frozenset({"engine", "provider"})


async def heal(world: World) -> None:
    """Put everything right that a fault may have left."""
    for member in world.fleet.all:
        member.send(signal.SIGCONT)
    _limit_files(world, resource.RLIM_INFINITY)
    await world.provider.become(Mood.WELL)
    for stopped in await patiently(controls.list_stopped):
        name = stopped.name
        await patiently(lambda name=name: controls.resume(world.admin, name))  # type: ignore[misc]  # mypy and defaults


async def _busiest(world: World, rng: Random) -> Member | None:
    """Return the worker with the most running steps; None where none has any."""
    rows = await patiently(lambda: db.fetch("SELECT worker FROM stages WHERE status = 'running'"))
    pids = [int(row["worker"].split(":")[-2]) for row in rows]
    members = rng.sample(world.fleet.workers, len(world.fleet.workers))
    busiest = max(members, key=lambda each: pids.count(each.pid or 0))
    return busiest if pids.count(busiest.pid or 0) else None


async def _stopped(member: Member, seconds: float) -> bool:
    if not member.send(signal.SIGSTOP):
        return False
    await asyncio.sleep(seconds)
    member.send(signal.SIGCONT)
    return True


def _signal_engine(world: World, rng: Random, number: signal.Signals) -> psutil.Process | None:
    found = [child for worker in world.fleet.workers for child in worker.descendants() if is_engine(child)]
    if not found:
        return None
    chosen = rng.choice(sorted(found, key=lambda child: child.pid))
    try:
        chosen.send_signal(number)
    except psutil.NoSuchProcess:
        return None
    return chosen


def is_engine(process: psutil.Process) -> bool:
    """Say whether this is the process of a speech engine."""
    try:
        return "reelscribe.platform.engines.child" in process.cmdline()
    except psutil.Error:
        return False


def _limit_files(world: World, size: int) -> None:
    """Limit the size of files that the processes of the platform write; parents first, their children inherit."""
    for member in (*world.fleet.workers, world.fleet.web):
        if member.pid is not None:
            for pid in (member.pid, *(child.pid for child in member.descendants())):
                _limit(pid, size)


def _limit(pid: int, size: int) -> None:
    try:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        if most == resource.RLIM_INFINITY:  # else it is a child that may write nothing anyway
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))
    except (ProcessLookupError, PermissionError):
        return


async def _control(world: World, name: str, state: controls.State) -> bool:
    await patiently(lambda: controls.stop(world.admin, name, state=state, reason="chaos"))
    await asyncio.sleep(3.0)
    await patiently(lambda: controls.resume(world.admin, name))
    return True
