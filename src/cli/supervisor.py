"""Keeps child processes running: starts them in tiers, restarts what ends, stops them in reverse order.

Every child leads a session of its own, so Ctrl-C reaches only the supervisor, and dies with it even if
the supervisor is killed (``embedded.identity.before_exec``). Use it on the main thread's event loop: the
kernel ties a child to the thread that started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from ..platform.embedded.server import Server, failed_start, output
from ..platform.errors import Misconfigured

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 30.0
# A child that ran for longer was fine: its next restart comes at once again.
_STABLE_SECONDS = 60.0
_READY_POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Service:
    """What to keep running. ``prepare`` is asked before every start; ``grace`` is the time it gets to end."""

    name: str
    prepare: Callable[[], Server]
    grace: timedelta = timedelta(seconds=10)
    start_limit: timedelta = timedelta(seconds=60)


@dataclass
class _Child:
    service: Service
    server: Server
    process: Process
    keeper: asyncio.Task[None] | None = field(default=None)


class Supervisor:
    """``say`` gets one line for people whenever something ends or cannot be started again."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._tiers: list[list[_Child]] = []
        self._stopping = asyncio.Event()

    async def start(self, *services: Service) -> None:
        """Start one tier, all at once, and return when each of it is ready; from then on they are kept running.

        Raises:
            Misconfigured: one does not start.
        """
        tier: list[_Child] = []
        self._tiers.append(tier)
        for service in services:
            server = await asyncio.to_thread(service.prepare)
            tier.append(_Child(service, server, await _launch(server)))
        for child in tier:
            await _wait_ready(child)
            child.keeper = asyncio.create_task(self._keep(child))

    async def stop(self) -> None:
        """End all, the last tier first; returns when they are gone."""
        self._stopping.set()
        for tier in reversed(self._tiers):
            await asyncio.gather(*(self._end(child) for child in tier))

    def pids(self) -> dict[str, int]:
        """Return the children's process ids by name."""
        return {child.service.name: child.process.pid for tier in self._tiers for child in tier}

    async def _end(self, child: _Child) -> None:
        # The keeper first: it may be about to start the child again.
        if child.keeper is not None:
            await child.keeper
        _signal(child.process, child.server.stop_signal)
        try:
            await asyncio.wait_for(child.process.wait(), child.service.grace.total_seconds())
        except TimeoutError:
            self._say(f"{child.service.name} does not stop; it is killed")
            _signal(child.process, signal.SIGKILL)
            await child.process.wait()

    async def _keep(self, child: _Child) -> None:
        pause, loop = _FIRST_PAUSE_SECONDS, asyncio.get_running_loop()
        while True:
            began = loop.time()
            if not await self._ended(child.process):
                return
            if loop.time() - began > _STABLE_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            self._say(f"{child.service.name} ended ({_reason(child.process)}); it starts again in {pause:g} s")
            if await self._stopping_within(pause):
                return
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            await self._restart(child)

    async def _restart(self, child: _Child) -> None:
        try:
            child.server = await asyncio.to_thread(child.service.prepare)
            child.process = await _launch(child.server)
        except Misconfigured as exc:
            # The ended process stays in place, so the keeper comes back here after a longer pause.
            self._say(f"{child.service.name} cannot start: {exc.message}")

    async def _ended(self, process: Process) -> bool:
        """Wait for the process to end or the supervisor to stop; True for the first."""
        ended, stopping = asyncio.create_task(process.wait()), asyncio.create_task(self._stopping.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (ended, stopping):
            task.cancel()
        return not self._stopping.is_set()

    async def _stopping_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()


async def _launch(server: Server) -> Process:
    with output(server) as out:
        try:
            return await asyncio.create_subprocess_exec(
                *server.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=server.folder,
                start_new_session=True,
                pass_fds=server.pass_fds,
                preexec_fn=server.before_exec,
            )
        except OSError as exc:
            raise Misconfigured(f"{server.name} cannot be started: {exc}") from exc


async def _wait_ready(child: _Child) -> None:
    deadline = asyncio.get_running_loop().time() + child.service.start_limit.total_seconds()
    while not await asyncio.to_thread(child.server.ready, child.process.pid):
        if child.process.returncode is not None or asyncio.get_running_loop().time() > deadline:
            raise failed_start(child.server)
        await asyncio.sleep(_READY_POLL_SECONDS)


def _signal(process: Process, number: signal.Signals) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _reason(process: Process) -> str:
    code = process.returncode or 0
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
