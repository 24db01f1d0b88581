"""Start a child in a process group of its own, under limits, that dies with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

# Loaded before any fork: between fork and exec only async-signal-safe calls are allowed.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
_PIPES_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the kernel lets a child use: address space and largest written file in bytes, CPU in seconds."""

    memory_bytes: int | None = None
    file_bytes: int | None = None
    cpu_seconds: int | None = None


async def spawn(
    argv: Sequence[str],
    *,
    limits: Limits | None = None,
    stdin: int | None = asyncio.subprocess.DEVNULL,
    stdout: int | None = asyncio.subprocess.PIPE,
    stderr: int | None = asyncio.subprocess.PIPE,
    env: dict[str, str] | None = None,
    cwd: str | None = None,
    line_bytes: int = 16 * 1024**2,
) -> asyncio.subprocess.Process:
    """Start ``argv`` as leader of a new session; ``line_bytes`` bounds one line read from its pipes.

    The kernel kills it when the thread that called this ends, so call it from a loop that lives as long
    as the process.

    Raises:
        OSError: the program is missing or cannot be executed.
    """
    return await asyncio.create_subprocess_exec(
        *argv,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=env,
        cwd=cwd,
        limit=line_bytes,
        start_new_session=True,
        preexec_fn=_before_exec(limits or Limits()),
    )


async def end_group(process: asyncio.subprocess.Process, *, grace: timedelta = timedelta(seconds=1)) -> None:
    """Ask the child's whole group to end, and kill it after ``grace``; returns once the child is reaped."""
    _signal_group(process, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), grace.total_seconds())
    kill_group(process)
    # wait() also waits for the pipes, which a grandchild that left the group may hold; the child itself is reaped.
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _PIPES_SECONDS)


def kill_group(process: asyncio.subprocess.Process) -> None:
    """Kill all that is left of the child's group, at once."""
    _signal_group(process, signal.SIGKILL)


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    # The group may outlive its leader, so the leader's exit code says nothing about it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _before_exec(limits: Limits) -> Callable[[], Any]:
    rules = [
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
    ]

    def apply() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        for which, value in rules:
            if value is not None:
                resource.setrlimit(which, (value, value))

    return apply
