"""Streams of bytes in blocks, and blocking work in threads."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

import anyio

from ..errors import TooLarge

BLOCK_BYTES = 1024 * 1024

# EFBIG is what a limit on the size of files answers.
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

# Threads of our own: slow disks and servers must not use up those that hash passwords.
_THREADS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="storage")

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking ``work`` in a thread; when cancelled, return only once the thread has let go of its files."""
    future = asyncio.get_running_loop().run_in_executor(_THREADS, partial(work, *args, **kwargs))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            while not future.done():
                with suppress(asyncio.CancelledError):  # cancelled once more; the thread still writes to its file
                    await asyncio.wait([future])
        raise


async def regroup(chunks: AsyncIterator[bytes], size: int, *, limit: int | None = None) -> AsyncGenerator[bytes]:
    """Yield the same bytes in blocks of exactly ``size``, the last one shorter; none if there are no bytes.

    Raises:
        TooLarge: more than ``limit`` bytes came.
    """
    waiting: list[bytes] = []
    held = total = 0
    async for chunk in chunks:
        total += len(chunk)
        _check(total, limit)
        waiting.append(chunk)
        held += len(chunk)
        if held >= size:
            joined = b"".join(waiting)
            whole = held - held % size
            waiting, held = [joined[whole:]], held - whole
            for start in range(0, whole, size):
                yield joined[start : start + size]
    if held:
        yield b"".join(waiting)


async def of_file(path: Path, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
    """Yield a file's bytes from ``start``, at most ``length`` of them.

    Raises:
        OSError: it cannot be opened or read.
    """
    handle = await in_thread(path.open, "rb", buffering=0)
    try:
        await in_thread(handle.seek, start)
        while length is None or length > 0:
            block = await in_thread(handle.read, BLOCK_BYTES if length is None else min(BLOCK_BYTES, length))
            if not block:
                return
            yield block
            length = None if length is None else length - len(block)
    finally:
        handle.close()


def _check(total: int, limit: int | None) -> None:
    if limit is not None and total > limit:
        raise TooLarge(f"The file is larger than {limit} bytes, the most that is accepted here.", limit=limit)
