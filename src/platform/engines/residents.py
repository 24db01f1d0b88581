"""The engine processes that exist: whom a request gets, who makes room, and who has served for long enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping

import msgspec

from ..errors import EngineFailed
from . import budget
from .child_process import ChildProcess
from .messages import Open
from .stats import PoolStats, Resident


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a pool may hold; None or 0: without this bound.

    ``processes`` at most, ``memory_bytes`` of resident memory together, ``address_bytes`` of address space each. An
    idle process goes after ``idle_seconds``, any after ``jobs`` requests or once it has grown by ``growth_bytes``
    since it had loaded its model and done its first request.
    """

    processes: int = 1
    memory_bytes: int | None = None
    address_bytes: int | None = None
    idle_seconds: float = 0.0
    jobs: int | None = None
    growth_bytes: int | None = None


class Residents:
    """All processes of a pool. A request takes one, and puts it back; they are served in the order they came."""

    def __init__(
        self, bounds: Bounds, stats: PoolStats, *, environ: Mapping[str, str], clock: Callable[[], float]
    ) -> None:
        """Have no process yet; ``clock`` in seconds says how long one has idled."""
        self._bounds = bounds
        self._stats = stats
        self._environ = dict(environ)
        self._clock = clock
        self._needs = budget.Needs()
        self._busy: set[ChildProcess] = set()
        self._idle: list[ChildProcess] = []  # the one used last comes last
        self._ending: set[ChildProcess] = set()  # they hold their memory until they are gone
        self._taking = asyncio.Lock()  # fair: who came first is served first, also while it waits for room
        self._changed = asyncio.Event()
        self._timer: asyncio.Task[None] | None = None
        self.closings = 0

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that exist now."""
        return tuple(child.pid for child in (*self._busy, *self._idle))

    def listed(self) -> list[Resident]:
        """Return the processes that exist now, those at work first."""
        everyone = [*((child, True) for child in self._busy), *((child, False) for child in reversed(self._idle))]
        return [
            Resident(pid=child.pid, engine=child.order.engine, model=child.order.model, is_busy=is_busy)
            for child, is_busy in everyone
        ]

    async def take(self, order: Open | None, *, closings: int) -> ChildProcess:
        """Return a process that is ``order`` (any, for None) and now belongs to the caller, a new one if need be.

        1. A warm one is taken. 2. Else idle ones are ended, least recently used first, until number and memory allow
        another. 3. If that is not enough, wait until one at work is free. A process that would need more than is
        allowed runs alone.

        Raises:
            EngineFailed: the pool was closed since it had been so ``closings`` times, or no process can be started.
        """
        async with self._taking:
            while True:
                self._expect_open(closings)
                if (child := self._warm(order)) is not None:
                    if child.alive:
                        self._stats.hits += 1
                        self._busy.add(child)
                        return child
                    self._stats.failures += 1
                    await self._end(child)
                elif self._has_room(order):
                    self._stats.misses += 1
                    return await self._start(order or Open(engine=""), closings=closings)
                else:
                    await self._make_room()

    async def put_back(self, child: ChildProcess, *, is_sound: bool) -> None:
        """Keep the process warm, or end it where it is not sound or has served for long enough."""
        self._measure(child, is_sound=is_sound)
        if is_sound and not self._is_worn(child):
            self._busy.discard(child)
            child.idle_since = self._clock()
            self._idle.append(child)
            self._changed.set()
            self._watch_idle()
            return
        self._stats.recycled += is_sound
        try:
            await self._end(child)
        finally:
            self._busy.discard(child)

    async def unload_idle(self) -> None:
        """End the processes that nobody has used for as long as the bounds say."""
        last = self._clock() - self._bounds.idle_seconds
        while self._idle and self._idle[0].idle_since <= last:
            self._stats.unloaded_idle += 1
            await self._end(self._idle.pop(0))

    async def close(self) -> None:
        """End all processes, also those at work or about to start; who waits for one is refused."""
        self.closings += 1
        self._changed.set()
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.wait({self._timer})
            self._timer = None
        async with self._taking:  # a start is over now, one way or the other
            children = [*self._idle, *self._busy, *self._ending]
            self._idle.clear()
            await asyncio.gather(*(child.end() for child in children))

    def _expect_open(self, closings: int) -> None:
        if closings != self.closings:
            raise EngineFailed("The speech engines were closed while this request waited for one.")

    def _warm(self, order: Open | None) -> ChildProcess | None:
        for child in reversed(self._idle):
            if order is None or child.order == order:
                self._idle.remove(child)
                return child
        return None

    def _has_room(self, order: Open | None) -> bool:
        everyone = (*self._busy, *self._idle, *self._ending)
        if not everyone:
            return True
        if len(everyone) >= self._bounds.processes:
            return False
        if self._bounds.memory_bytes is None:
            return True
        wanted = self._needs.of(order or Open(engine=""))
        return wanted + sum(self._held(child) for child in everyone) <= self._bounds.memory_bytes

    def _held(self, child: ChildProcess) -> int:
        """Return what a process holds; one at work may come to hold what its kind is known for."""
        now = budget.resident_bytes(child.pid)
        return max(now, self._needs.of(child.order)) if child in self._busy else now

    async def _make_room(self) -> None:
        if self._idle:
            self._stats.evictions += 1
            await self._end(self._idle.pop(0))
            return
        self._changed.clear()
        await self._changed.wait()

    async def _start(self, order: Open, *, closings: int) -> ChildProcess:
        child = await ChildProcess.start(order, environ=self._environ, memory_bytes=self._bounds.address_bytes)
        self._busy.add(child)
        if closings != self.closings:
            await self.put_back(child, is_sound=False)
        self._expect_open(closings)
        return child

    def _measure(self, child: ChildProcess, *, is_sound: bool) -> None:
        child.requests += 1
        now = budget.resident_bytes(child.pid)
        if child.settled_bytes is None:
            child.settled_bytes = now
        child.grown_bytes = now - child.settled_bytes
        if is_sound and child.has_loaded:
            self._needs.saw(child.order, max(child.peak_bytes, now))

    def _is_worn(self, child: ChildProcess) -> bool:
        jobs, growth = self._bounds.jobs, self._bounds.growth_bytes
        return (jobs is not None and child.requests >= jobs) or (growth is not None and child.grown_bytes >= growth)

    def _watch_idle(self) -> None:
        if self._bounds.idle_seconds and (self._timer is None or self._timer.done()):
            self._timer = asyncio.create_task(self._unload_in_time())

    async def _unload_in_time(self) -> None:
        while self._idle:
            left = self._idle[0].idle_since + self._bounds.idle_seconds - self._clock()
            await asyncio.sleep(max(left, 0.0))
            await self.unload_idle()

    async def _end(self, child: ChildProcess) -> None:
        self._ending.add(child)
        try:
            await to_the_end(child.end())
        finally:
            self._ending.discard(child)
            self._changed.set()


async def to_the_end(work: Coroutine[object, object, None]) -> None:
    """Finish ``work`` even if this task is cancelled meanwhile, and only then pass the cancellation on."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as exc:
            cancelled = exc
    if cancelled is not None:
        raise cancelled
    task.result()
