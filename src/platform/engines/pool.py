"""Warm engine processes, each with one model loaded.

Their number and the memory that they hold together are bounded. A request takes the one that has its model, else a
new one takes the place of those that have idled longest; requests that must wait are served in the order they came.
The pool belongs to the event loop that first uses it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar

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
from .residents import Bounds, Residents
from .stats import PoolStats, Resident

_ERRORS: dict[str, type[ReelscribeError]] = {
    kind.code: kind for kind in (BadMedia, EngineFailed, EngineUnavailable, TimeLimitReached, Unavailable)
}
# A process found dead when its turn came is replaced; three in a row mean that none can live here.
_STARTS = 3

_IS_AHEAD: ContextVar[bool] = ContextVar("_IS_AHEAD", default=False)

_log = logs.get("engines")


class Pool:
    """The engine processes of one worker process."""

    def __init__(
        self,
        *,
        size: int,
        environ: Mapping[str, str],
        memory_bytes: int | None = None,
        bounds: Bounds | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Allow ``size`` processes; ``memory_bytes`` bounds the address space of each.

        ``bounds`` has the rest; its own number of processes and address space do not count.
        """
        self.stats = PoolStats()
        bounds = msgspec.structs.replace(bounds or Bounds(), processes=size, address_bytes=memory_bytes)
        self._residents = Residents(bounds, self.stats, environ=environ, clock=clock)
        self._ahead: dict[Open, asyncio.Event] = {}  # being loaded ahead of work, which then waits for it
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that exist now."""
        return self._residents.pids

    def residents(self) -> list[Resident]:
        """Return the processes that exist now, those at work first."""
        return self._residents.listed()

    @contextlib.contextmanager
    def loading_ahead(self) -> Iterator[None]:
        """Say that what this task asks for within is only meant to load: requests for the same process wait for it."""
        token = _IS_AHEAD.set(True)
        try:
            yield
        finally:
            _IS_AHEAD.reset(token)

    async def unload_idle(self) -> None:
        """End the processes that nobody has used for as long as the bounds say; the pool does so by itself."""
        await self._residents.unload_idle()

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
        """End all processes, also those at work or about to start; the next request starts new ones."""
        await self._residents.close()

    async def _run(self, order: Open | None, command: Work, handle: Handler) -> Answer:
        self._belong_to_this_loop()
        closings = self._residents.closings
        death: EngineFailed | None = None
        for _ in range(_STARTS):
            try:
                answer = await self._answered(order, command, handle, closings)
            except DiedEarly as exc:
                death = exc
                continue
            if isinstance(answer, Failed):
                raise error_of(answer)
            return answer
        raise death or EngineFailed("The speech engine does not start.")

    async def _answered(self, order: Open | None, command: Work, handle: Handler, closings: int) -> Answer:
        if order is None or not _IS_AHEAD.get():
            await self._loaded_ahead(order)
            return await self._with_child(order, command, handle, closings)
        loaded = self._ahead.setdefault(order, asyncio.Event())
        try:
            return await self._with_child(order, command, handle, closings)
        finally:
            self._ahead.pop(order, None)
            loaded.set()

    async def _loaded_ahead(self, order: Open | None) -> None:
        while order is not None and (loading := self._ahead.get(order)) is not None:
            await loading.wait()

    async def _with_child(self, order: Open | None, command: Work, handle: Handler, closings: int) -> Answer:
        child = await self._residents.take(order, closings=closings)

        async def handled(event: Event) -> None:
            self._note(child, event)
            await handle(event)

        is_sound = False
        try:
            answer = await child.converse(command, handled)
            is_sound = not (isinstance(answer, Failed) and answer.fatal)
            self.stats.failures += not is_sound
        except asyncio.CancelledError:
            self.stats.cancellations += 1
            raise
        except BaseException:
            self.stats.failures += 1
            raise
        finally:
            await self._residents.put_back(child, is_sound=is_sound)
            if not is_sound:
                logs.remember(child.facts)
        return answer

    def _note(self, child: ChildProcess, event: Event) -> None:
        order = child.order
        if isinstance(event, Loaded):
            child.has_loaded, child.settled_bytes = True, None
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
