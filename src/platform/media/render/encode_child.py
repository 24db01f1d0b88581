"""Run ffmpeg for a picture: bounded, with progress by frames, its failures as errors of ours."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from ...process.run import Finished, run
from ...process.spawn import Limits
from .. import programs
from ..containers import WHITELIST
from . import failures

MEMORY_BYTES: Final = 6 * 1024**3  # address space; 4K takes 1.2 GB of it, most of that for the threads
START_SECONDS: Final = 120.0
SLOWEST: Final = 1.0  # seconds for a frame, on a starved machine
MOST_BYTES_A_FRAME: Final = 4_000_000  # noise in 4K has 2 MB
THREADS: Final = str(min(os.cpu_count() or 1, 4))  # of one child; several clips are made at once

_DAMAGE: Final = ("Invalid data found when processing input", "Error while decoding")

OnFrames = Callable[[int], Awaitable[None]]


def reading(source: Path, container: str, *options: str) -> list[str]:
    """Return the arguments that open a recording of a kind that is known, and nothing else."""
    return [*f"-f {container}".split(), *options, "-i", f"file:{source.absolute()}"]


def writing(target: Path) -> list[str]:
    """Return the arguments that name the output."""
    return ["-y", f"file:{target.absolute()}"]


async def start() -> list[str]:
    """Return how each command begins."""
    path = (await asyncio.to_thread(programs.ffmpeg)).path
    options = f"-nostdin -hide_banner -v warning -protocol_whitelist file -format_whitelist {WHITELIST},concat"
    return [path, *options.split()]


async def drawn(
    argv: Sequence[str],
    *,
    doing: str,
    frames: int,
    folder: Path,
    on_frames: OnFrames,
    extra_seconds: float = 0.0,
    memory_bytes: int | None = MEMORY_BYTES,
) -> int:
    """Run a command that writes ``frames`` frames at most; return how many it says it has written.

    Its working folder is ``folder``, so that filters can name files in it without a path. ``extra_seconds`` are for
    what it has to read before.

    Raises:
        MediaFailed: it failed.
        TimeLimitReached: it took absurdly long.
        StorageFull: no space for what it wrote.
    """
    written = 0

    async def note(line: str) -> None:
        nonlocal written
        name, _, value = line.partition("=")
        if name == "frame" and value.strip().isdigit():
            written = int(value)
            await on_frames(written)

    done = await run(
        [*argv[:1], "-progress", "pipe:1", "-stats_period", "0.5", *argv[1:]],
        timeout=timedelta(seconds=START_SECONDS + SLOWEST * frames + extra_seconds),
        limits=Limits(memory_bytes=memory_bytes, file_bytes=(frames + 16) * MOST_BYTES_A_FRAME),
        on_line=note,
        env=programs.environment(),
        cwd=str(folder),
    )
    check(done, doing, written)
    return written


def check(done: Finished, doing: str, written: int) -> None:
    """Raise as ``failures.check``, but pass over what ffmpeg says after damage.

    Whoever counts what was ``written`` knows what that means.
    """
    damaged = written > 0 or any(sign in done.stderr_tail for sign in _DAMAGE)
    if done.exit_code > 0 and damaged and "No space left" not in done.stderr_tail:
        return
    failures.check(done, doing)
