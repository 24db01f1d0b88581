"""The real processes, started as in production, against the test's own PostgreSQL and Redis."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import Unavailable
from reelscribe.platform.media import programs
from reelscribe.platform.queue import dispatch
from reelscribe.platform.resources import data_path

FINAL = ("completed", "failed", "cancelled")


class Processes:
    """Starts our processes and ends what is left of them."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str, **settings: str) -> subprocess.Popen[bytes]:
        """Start ``reelscribe COMMAND``; ``settings`` become REELSCRIBE_ variables."""
        environ = os.environ | {f"REELSCRIBE_{name.upper()}": value for name, value in settings.items()}
        process = subprocess.Popen([sys.executable, "-m", "reelscribe", *command], env=environ)
        self._started.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a process as a power cut would, at once."""
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)

    def stop(self) -> None:
        """End all that still run, politely."""
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in self._started:
            process.wait(timeout=30)


@pytest.fixture
def processes(database: None, redis_url: str):
    started = Processes()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty seconds of the sample lecture: long enough to be interrupted, short enough to be done again."""
    cut = tmp_path_factory.mktemp("speech") / "speech.wav"
    whole = data_path("samples") / "lecture.mp4"
    command = [str(programs.ffmpeg().path), "-v", "error", "-i", str(whole), "-t", "40", "-ac", "1", str(cut)]
    subprocess.run(command, check=True, timeout=60)
    return cut


@pytest.fixture
async def pusher(redis_url: str) -> AsyncIterator[None]:
    """What a web process has: the task that pushes offered messages."""
    await dispatch.start()
    yield
    await dispatch.stop()


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float, what: str) -> None:
    """Wait for ``condition``; a test must fail, not hang."""
    deadline = time.monotonic() + seconds
    while not await _holds(condition):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.1)


async def _holds(condition: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await condition()
    except Unavailable:  # the test has just restarted PostgreSQL
        return False


async def statuses(user_id: UUID) -> dict[str, int]:
    """How many jobs of the user are in each status."""
    rows = await db.fetch("SELECT status, count(*) AS n FROM jobs WHERE user_id = $1 GROUP BY 1", user_id)
    return {row["status"]: row["n"] for row in rows}


async def until_ended(user_id: UUID, *, seconds: float) -> dict[str, int]:
    """Wait until every job of the user has ended; returns how."""

    async def ended() -> bool:
        return set(await statuses(user_id)) <= set(FINAL)

    await until(ended, seconds=seconds, what="all jobs ended")
    return await statuses(user_id)


def descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """All living children of a process, of any depth."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(process.pid).children(recursive=True)
    return []
