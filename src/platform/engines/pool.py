"""Warm engine processes, each with one model loaded.

At most ``size`` exist at once. A request takes the one that has its model, else a new one takes the place
of the one that has idled longest; requests that must wait are served in the order they came. The pool
belongs to the event loop that first uses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping

import msgspec

from .. import logs
from ..errors import BadMedia, EngineFailed, EngineUnavailable, ReelscribeError, TimeLimitReached, Unavailable
from .child_process import ChildProcess, DiedEarly, Handler
from .messages import (
    Align,
    Answer,
    Detect,
    Detected,
    Diarize,
    Done,
    Event,
    Failed,
    Loaded,
    Noted,
    Open,
    Told,
    Transcribe,
    Work,
)

_ERRORS: dict[str, type[ReelscribeError]] = {
    kind.code: kind for kind in (BadMedia, EngineFailed, EngineUnavailable, TimeLimitReached, Unavailable)
}
# A process found dead when its turn came is replaced; three in a row mean that none can live here.
_STARTS = 3

_log = logs.get("engines")


class PoolStats(msgspec.Struct, kw_only=True):
    """What the pool has done since it was made.

    A hit is a request that found its process warm; ``evictions`` ended an idle process to make room;
    ``failures`` are processes that died or were ended for an error; ``load_seconds`` is the sum.
    """

    hits: int = 0
    misses: int = 0
    loads: int = 0
    evictions: int = 0
    failures: int = 0
    cancellations: int = 0
    load_seconds: float = 0.0


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """A process that exists now; ``model`` is empty for an engine that brings its own."""

    pid: int
    engine: str
    model: str
    is_busy: bool


class Pool:
    """The engine processes of one worker process."""

    def __init__(self, *, size: int, environ: Mapping[str, str], memory_bytes: int | None = None) -> None:
        """Allow ``size`` processes; ``memory_bytes`` bounds the address space of each."""
        self.stats = PoolStats()
        self._size = size
        self._environ = dict(environ)
        self._memory_bytes = memory_bytes
        self._turn = asyncio.Semaphore(size)
        self._busy: set[ChildProcess] = set()
        self._idle: list[ChildProcess] = []  # the one used last comes last
        self._working = 0  # requests that have their turn, with or without a process yet
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that exist now."""
        return tuple(child.pid for child in (*self._busy, *self._idle))

    def residents(self) -> list[Resident]:
        """Return the processes that exist now, those at work first."""
        everyone = [*((child, True) for child in self._busy), *((child, False) for child in reversed(self._idle))]
        return [
            Resident(pid=child.pid, engine=child.order.engine, model=child.order.model, is_busy=is_busy)
            for child, is_busy in everyone
        ]

    async def transcribe(self, order: Open, command: Transcribe, handle: Handler) -> Done:
        """Have a child that is ``order`` transcribe; ``handle`` gets every event before the last.

        Raises:
            EngineFailed, EngineUnavailable, BadMedia: as the child says, or it died.
        """
        last = await self._run(order, command, handle)
        if not isinstance(last, Done):
            raise EngineFailed("The speech engine answered something else than was asked.")
        return last

    async def align(self, order: Open, command: Align, handle: Handler) -> Done:
        """Have a child that is ``order`` give words their times; the rest as ``transcribe``."""
        last = await self._run(order, command, handle)
        if not isinstance(last, Done):
            raise EngineFailed("The speech engine answered something else than was asked.")
        return last

    async def detect(self, order: Open, command: Detect, handle: Handler) -> Detected:
        """Have a child that is ``order`` find out the language; errors as of ``transcribe``."""
        last = await self._run(order, command, handle)
        if not isinstance(last, Detected):
            raise EngineFailed("The speech engine answered something else than was asked.")
        return last

    async def diarize(self, order: Open | None, command: Diarize, handle: Handler) -> Told:
        """Have a child tell speakers apart; None: our own small models, which a warm process of any kind can run.

        Raises:
            EngineFailed, EngineUnavailable, BadMedia: as the child says, or it died.
        """
        last = await self._run(order, command, handle)
        if not isinstance(last, Told):
            raise EngineFailed("The speech engine answered something else than was asked.")
        return last

    async def close(self) -> None:
        """End all processes, also those at work."""
        children = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(child.end() for child in children))

    async def _run(self, order: Open | None, command: Work, handle: Handler) -> Answer:
        self._belong_to_this_loop()
        death: EngineFailed | None = None
        for _ in range(_STARTS):
            try:
                answer = await self._in_turn(order, command, handle)
            except DiedEarly as exc:
                death = exc
                continue
            if isinstance(answer, Failed):
                raise error_of(answer)
            return answer
        raise death or EngineFailed("The speech engine does not start.")

    async def _in_turn(self, order: Open | None, command: Work, handle: Handler) -> Answer:
        async with self._turn:
            self._working += 1
            try:
                return await self._with_child(await self._take(order), command, handle)
            finally:
                self._working -= 1

    async def _with_child(self, child: ChildProcess, command: Work, handle: Handler) -> Answer:
        async def handled(event: Event) -> None:
            self._note(child.order, event)
            await handle(event)

        self._busy.add(child)
        is_sound = False
        try:
            answer = await child.converse(command, handled)
            is_sound = not (isinstance(answer, Failed) and answer.fatal)
        except asyncio.CancelledError:
            self.stats.cancellations += 1
            raise
        finally:
            await self._put_back(child, is_sound=is_sound)
            if not is_sound:
                logs.remember(child.facts)
        return answer

    async def _take(self, order: Open | None) -> ChildProcess:
        child = await self._warm(order)
        if child is not None:
            self.stats.hits += 1
            return child
        self.stats.misses += 1
        while len(self._idle) + self._working > self._size:
            self.stats.evictions += 1
            await _to_the_end(self._idle.pop(0).end())
        return await ChildProcess.start(
            order or Open(engine=""), environ=self._environ, memory_bytes=self._memory_bytes
        )

    async def _warm(self, order: Open | None) -> ChildProcess | None:
        for child in reversed(self._idle):
            if order is None or child.order == order:
                self._idle.remove(child)
                if child.alive:
                    return child
                self.stats.failures += 1
                await _to_the_end(child.end())
                return await self._warm(order)
        return None

    async def _put_back(self, child: ChildProcess, *, is_sound: bool) -> None:
        try:
            if is_sound:
                self._idle.append(child)
            else:
                self.stats.failures += 1
                await _to_the_end(child.end())
        finally:
            self._busy.discard(child)

    def _note(self, order: Open, event: Event) -> None:
        if isinstance(event, Loaded):
            self.stats.loads += 1
            self.stats.load_seconds += event.seconds
            _log.info("engine loaded", engine=order.engine, model=order.model, seconds=event.seconds)
        elif isinstance(event, Noted):
            _log.info(event.message, engine=order.engine, model=order.model)

    def _belong_to_this_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop not in (None, loop):
            raise RuntimeError("An engine pool works in one event loop only; make another pool for this loop.")
        self._loop = loop


def error_of(failed: Failed) -> ReelscribeError:
    """Return the error of our tree that a child's message stands for."""
    return _ERRORS.get(failed.code, EngineFailed)(failed.message, hint=failed.hint, **failed.facts)


async def _to_the_end(work: Coroutine[object, object, None]) -> None:
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
