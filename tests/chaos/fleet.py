"""Our processes, kept running as a supervisor would: who ends is started again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import Counter
from pathlib import Path

import psutil
from reelscribe.platform.embedded import identity

_PAUSE_SECONDS = 0.3
_END_SECONDS = 30.0


class Member:
    """One process of ours and its log; ``said`` counts the events in the log."""

    def __init__(self, name: str, *arguments: str, logs: Path, environ: dict[str, str], fds: tuple[int, ...] = ()):
        self.name = name
        self.starts = 0
        self.said: Counter[str] = Counter()
        self.led_at: float | None = None
        self._arguments = arguments
        self._log = logs / f"{name}.log"
        self._environ = environ
        self._fds = fds
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._wanted = True

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def start(self) -> None:
        """Start it, and again whenever it ends."""
        self._keeper = asyncio.create_task(self._keep())

    def send(self, number: signal.Signals) -> bool:
        """Send it a signal; False where it does not run at the moment."""
        if self.pid is None:
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:  # it has just ended, and nobody has told us yet
            return False
        return True

    async def stop(self) -> None:
        """End it for good."""
        self._wanted = False
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        assert self._keeper is not None
        try:
            await asyncio.wait_for(asyncio.shield(self._keeper), _END_SECONDS)
        except TimeoutError:
            self.said["killed_at_the_end"] += 1
            self.send(signal.SIGKILL)
            await self._keeper

    def descendants(self) -> list[psutil.Process]:
        """Return its living children of any depth."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return [] if self.pid is None else psutil.Process(self.pid).children(recursive=True)
        return []

    async def _keep(self) -> None:
        while self._wanted:
            self._process = await self._launch()
            self.starts += 1
            await self._follow_log(self._process)
            code = await self._process.wait()
            if self._wanted:
                self.said[f"ended: {self.name.partition('-')[0]} ({_reason(code)})"] += 1
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _launch(self) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.chaos.program",
            *self._arguments,
            stdin=asyncio.subprocess.DEVNULL,
            # Through a pipe: a limit on the size of files must not hit the log.
            stdout=PIPE,
            stderr=STDOUT,
            limit=16 * 1024**2,
            env=self._environ,
            pass_fds=self._fds,
            preexec_fn=identity.before_exec(None, death_signal=signal.SIGKILL),
        )

    async def _follow_log(self, process: Process) -> None:
        assert process.stdout is not None
        with self._log.open("ab", buffering=0) as log:
            while line := await process.stdout.readline():
                log.write(line)
                self._note(line)

    def _note(self, line: bytes) -> None:
        try:
            event = str(json.loads(line)["event"])
        except (ValueError, KeyError, TypeError):
            event = "a line that is no event"
        self.said[event] += 1
        if event == "scheduler_leads":
            self.led_at = time.monotonic()


def _reason(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class Fleet:
    """All of them: ``workers`` workers, two schedulers, one web process on the open socket ``listening``."""

    def __init__(self, *, workers: int, listening: int, logs: Path, environ: dict[str, str]) -> None:
        def member(name: str, *arguments: str, fds: tuple[int, ...] = ()) -> Member:
            return Member(name, *arguments, logs=logs, environ=environ, fds=fds)

        self.workers = [member(f"worker-{number}", "worker") for number in range(1, workers + 1)]
        self.schedulers = [member(f"scheduler-{number}", "scheduler") for number in (1, 2)]
        self.web = member("web", "web", "--fd", str(listening), fds=(listening,))
        self.all = [*self.workers, *self.schedulers, self.web]

    def start(self) -> None:
        """Start them all."""
        for each in self.all:
            each.start()

    async def stop(self) -> None:
        """End them all for good."""
        await asyncio.gather(*(each.stop() for each in self.all))

    def leader(self) -> Member | None:
        """Return the scheduler that said last that it leads."""
        leaders = [each for each in self.schedulers if each.led_at is not None]
        return max(leaders, key=lambda each: each.led_at or 0.0, default=None)

    def said(self) -> Counter[str]:
        """Count what all logs say."""
        return sum((each.said for each in self.all), Counter())
