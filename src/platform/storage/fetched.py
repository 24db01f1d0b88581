"""Files of an S3 server on this machine's disk: fetched once, kept for a while, used by all processes.

1. Whoever finds a whole copy shares its lock and uses it.
2. Else, whoever gets the lock of the part fetches it, and gives it its name once it is whole; others wait for that.
3. Where it may not be kept, or the one who fetches it stands still, it is fetched for one use, as without keeping.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .. import logs, temporary
from ..errors import ReelscribeError, StorageFull, Unavailable
from . import blocks, copies
from .copies import Copies
from .grip import Grip

log = logs.get("storage")

_TIDY_SECONDS = 10.0
_POLL_SECONDS = 0.1
# The S3 client gives up a connection that has been silent for so long.
_STANDS_STILL_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Source:
    """A stored file as it is now.

    ``size`` in bytes; ``content`` differs when the bytes do, and is empty where the server does not tell; ``read``
    yields the bytes.
    """

    key: str
    content: str
    size: int
    read: Callable[[], AsyncGenerator[bytes]]


class Fetched:
    """Gives files of the server as local ones; keeps them while ``keep`` runs."""

    def __init__(self, kept: Copies, *, stands_still_seconds: float = _STANDS_STILL_SECONDS) -> None:
        self._copies = kept
        self._stands_still_seconds = stands_still_seconds
        self._is_keeping = False

    async def keep(self) -> None:
        """Keep what is fetched until cancelled, and remove what has been unused for a while; in the end all of it."""
        self._is_keeping = self._copies.limit_bytes > 0
        try:
            while True:
                await self._removed(self._copies.tidy)
                await asyncio.sleep(_TIDY_SECONDS)
        finally:
            self._is_keeping = False
            await self._removed(self._copies.clear)

    async def forget(self, key: str) -> None:
        """Remove the copies of a file that the server has no more."""
        await self._removed(lambda: self._copies.forget(key))

    @asynccontextmanager
    async def copy(self, source: Source) -> AsyncIterator[Path]:
        """Give a path to read from; nobody removes or changes the file meanwhile.

        Raises:
            StorageFull: the disk is full, also without the copies that nobody uses.
            Unavailable: what came is not the whole file, or the disk refuses it.
        """
        with closing(Grip()) as grip:
            path = await self._kept(source, grip) if self._is_keeping and source.content else None
            if path is not None:
                grip.touch()
                yield path
                grip.touch()
                return
        with temporary.folder() as folder:
            yield await self._fetched_once(source, folder / "copy")

    async def _kept(self, source: Source, grip: Grip) -> Path | None:
        try:
            await blocks.in_thread(self._copies.prepare)
            return await self._found_or_fetched(source, grip)
        except OSError as exc:  # a folder that cannot be used costs time, never a job
            log.warning("recordings_not_kept", error=repr(exc))
            return None

    async def _found_or_fetched(self, source: Source, grip: Grip) -> Path | None:
        whole = self._copies.path(source.key, source.content)
        patience = _Patience(whole, seconds=self._stands_still_seconds)
        while True:
            if await blocks.in_thread(grip.share, whole):
                if grip.size() == source.size:
                    return whole
                grip.close()  # somebody from outside was here
                await blocks.in_thread(copies.remove, whole)
            if await blocks.in_thread(self._copies.begin, whole, grip):
                if not await self._written(source, grip):
                    return None
                if await blocks.in_thread(grip.publish, whole):
                    return whole
            if patience.is_out():
                return None
            await asyncio.sleep(_POLL_SECONDS)

    async def _written(self, source: Source, grip: Grip) -> bool:
        """Fetch into the part in hand; False, and no part any more, where there is no room to keep it."""
        try:
            if await blocks.in_thread(self._copies.reserve, grip, source.size):
                await self._write(source, grip.fd)
                return True
        except BaseException:
            await blocks.in_thread(grip.remove)
            raise
        grip.remove()
        return False

    async def _fetched_once(self, source: Source, path: Path) -> Path:
        try:
            handle = path.open("xb", buffering=0)
        except OSError as exc:
            raise _ours(exc) from exc
        with handle:
            await self._write(source, handle.fileno())
        return path

    async def _write(self, source: Source, fd: int) -> None:
        at = 0
        async with aclosing(source.read()) as chunks:
            async for block in chunks:
                await self._append(fd, block, at, source.size)
                at += len(block)
        if at != source.size:
            raise Unavailable(f"The S3 server sent {at} bytes of a file of {source.size}.")

    async def _append(self, fd: int, block: bytes, at: int, size: int) -> None:
        """Write the block; when the disk is full, copies that nobody uses go first."""
        while True:
            try:
                return await blocks.in_thread(_write_at, fd, block, at)
            except OSError as exc:
                is_full = exc.errno in blocks.NO_SPACE
                if not is_full or not await self._removed(partial(self._copies.make_room, size - at)):
                    raise _ours(exc) from exc

    async def _removed(self, work: Callable[[], int]) -> int:
        try:
            count = await blocks.in_thread(work)
        except OSError as exc:
            log.warning("fetched_copies_not_removed", error=repr(exc))
            return 0
        if count:
            log.info("fetched_copies_removed", count=count)
        return count


class _Patience:
    """Whether whoever fetches a copy stands still: stopped, or cut off from the server."""

    def __init__(self, whole: Path, *, seconds: float) -> None:
        self._part = whole.with_suffix(copies.PART)
        self._seconds = seconds
        self._seen: int | None = None
        self._since = time.monotonic()

    def is_out(self) -> bool:
        """Return whether nothing has been written for a while."""
        try:
            seen = self._part.lstat().st_mtime_ns
        except FileNotFoundError:
            seen = 0
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        return time.monotonic() - self._since > self._seconds


def _write_at(fd: int, block: bytes, at: int) -> None:
    view = memoryview(block)
    while view:  # the disk may take only a part
        written = os.pwrite(fd, view, at)
        view, at = view[written:], at + written


def _ours(exc: OSError) -> ReelscribeError:
    if exc.errno in blocks.NO_SPACE:
        return StorageFull()
    return Unavailable(f"The file cannot be kept on this machine: {exc.strerror or exc}")
