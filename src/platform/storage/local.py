"""Files in a local folder: ``files/<key>``, parts in ``uploads/<upload>/<number>``, unfinished ones in ``tmp``.

A file gets its name only once it is whole and on the disk. All of it lies in one file system, so that
renaming is atomic. Signed URLs lead to our own web process.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar
from uuid import uuid4

from ..errors import BadInput, NotFound, ReelscribeError, StorageFull, TooLarge, Unavailable
from ..security import signing
from . import blocks
from .protocol import PartArrived, PartTarget, Stored

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LISTED_AT_ONCE = 500
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR})

P = ParamSpec("P")
T = TypeVar("T")


class LocalStorage:
    """See ``protocol.Storage``; ``public_url`` is where our web process is reached."""

    direct = False

    def __init__(self, root: Path, *, public_url: str) -> None:
        self._root = root
        self._public_url = public_url.rstrip("/")

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, limit: int | None = None) -> Stored:
        """Write a new file."""
        target = await self._target(key)
        try:
            size, sha256 = await self._write(target, chunks, limit)
        except asyncio.CancelledError:
            await self.delete(key)  # it may have got its name in that moment
            raise
        return Stored(key=key, size=size, sha256=sha256)

    async def put_file(self, key: str, path: Path) -> Stored:
        """Write the content of a local file."""
        return await self.put(key, blocks.of_file(path))

    async def read(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        """Yield the file's bytes from ``start``."""
        with _translated():
            async with aclosing(blocks.of_file(self._file(key), start=start, length=length)) as found:
                async for block in found:
                    yield block

    async def size(self, key: str) -> int:
        """Return the size in bytes."""
        return await _do(_size, self._file(key))

    async def delete(self, key: str) -> None:
        """Remove the file."""
        await _do(self._file(key).unlink, missing_ok=True)

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        """Give the file itself, for reading only."""
        await self.size(key)
        yield self._file(key)

    async def keep_copies(self) -> None:
        """Do nothing: there are no copies."""

    def signed_url(self, key: str, *, expires: timedelta, filename: str, content_type: str) -> str:
        """Return a URL of ``web.files``."""
        return self._signed("GET", f"/files/{key}", {"name": filename, "type": content_type}, expires)

    async def open_parts(self, key: str) -> str:  # noqa: ARG002 - the protocol's
        """Begin a file that arrives in parts."""
        upload = uuid4().hex
        await _do(self._folder(upload).mkdir, parents=True)
        return upload

    def part_target(self, key: str, upload: str, number: int, *, size: int, expires: timedelta) -> PartTarget:
        """Return a URL of ``web.files``, which takes exactly ``size`` bytes."""
        params = {"key": key, "size": str(size)}
        url = self._signed("PUT", f"/uploads/{upload}/parts/{number}", params, expires)
        return PartTarget(number=number, method="PUT", url=url, headers={})

    async def receive_part(self, upload: str, number: int, chunks: AsyncIterator[bytes], *, size: int) -> PartArrived:
        """Write one part, in place of an earlier one of that number.

        Raises:
            BadInput: it is not of exactly ``size`` bytes; an earlier one stays.
            NotFound: the upload is over.
        """
        path = self._part(upload, number)
        await _do(_require_folder, path.parent)
        try:
            await self._write(path, chunks, size, exact=True)
        except TooLarge as exc:
            raise _wrong_size(number, size) from exc
        return await _do(_arrived, path)

    async def parts(self, key: str, upload: str) -> Sequence[PartArrived]:  # noqa: ARG002 - the protocol's
        """Return the parts that have arrived."""
        return await _do(_list_parts, self._folder(upload))

    async def join_parts(self, key: str, upload: str, parts: Sequence[PartArrived]) -> None:
        """Write one file of the parts; they stay until ``abort_parts``."""
        target = await self._target(key)
        await self._write(target, self._joined(upload, parts), sum(part.size for part in parts))

    async def reopen_parts(self, key: str, upload: str, parts: Sequence[PartArrived]) -> str:  # noqa: ARG002 - the protocol's
        """Remove the joined file; the parts are still there."""
        await self.delete(key)
        return upload

    async def abort_parts(self, key: str, upload: str) -> None:  # noqa: ARG002 - the protocol's
        """Throw the parts away."""
        await _do(_remove_folder, self._folder(upload))

    async def written_before(self, prefix: str, moment: datetime) -> AsyncGenerator[Sequence[str]]:
        """Yield the keys of older files."""
        found = _walk(self._root / "files", prefix, moment.timestamp())
        while keys := await _do(lambda: list(islice(found, _LISTED_AT_ONCE))):
            yield keys

    async def sweep(self, *, before: datetime) -> int:
        """Remove unfinished files and parts of forgotten uploads."""
        return await _do(_sweep, [self._root / "tmp", self._root / "uploads"], before)

    async def check(self) -> None:
        """Write, read and delete a small file."""
        key = f"check-{uuid4().hex}"
        try:
            await self.put(key, _one(b"reelscribe"))
            async for _ in self.read(key):
                pass
        finally:
            await self.delete(key)

    def _file(self, key: str) -> Path:
        return self._root.joinpath("files", *_names(key))

    async def _target(self, key: str) -> Path:
        target = self._file(key)
        await _do(target.parent.mkdir, parents=True, exist_ok=True)
        return target

    def _folder(self, upload: str) -> Path:
        return self._root.joinpath("uploads", *_names(upload))

    def _part(self, upload: str, number: int) -> Path:
        return self._folder(upload) / str(number)

    def _signed(self, method: str, path: str, params: dict[str, str], expires: timedelta) -> str:
        query = signing.sign(method, path, params, expires=datetime.now(UTC) + expires)
        return f"{self._public_url}{path}?{query}"

    async def _joined(self, upload: str, parts: Sequence[PartArrived]) -> AsyncGenerator[bytes]:
        for part in parts:
            async with aclosing(blocks.of_file(self._part(upload, part.number))) as found:
                async for block in found:
                    yield block

    async def _write(
        self, target: Path, chunks: AsyncIterator[bytes], limit: int | None, *, exact: bool = False
    ) -> tuple[int, str]:
        """Return size and SHA-256 of what is now at ``target``.

        1. Write to a file of another name. 2. Flush it to the disk. 3. Give it its name.
        """
        unfinished = self._root / "tmp" / uuid4().hex
        digest, size = hashlib.sha256(), 0
        with _translated():
            handle = await blocks.in_thread(_create, unfinished)
            try:
                async for block in blocks.regroup(chunks, blocks.BLOCK_BYTES, limit=limit):
                    await blocks.in_thread(_append, handle, digest.update, block)
                    size += len(block)
                if exact and size != limit:
                    raise _wrong_size(int(target.name), limit or 0)
                await blocks.in_thread(_publish, handle, unfinished, target)
            finally:
                await blocks.in_thread(_discard, handle, unfinished)
        return size, digest.hexdigest()


async def _do(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with _translated():
        return await blocks.in_thread(work, *args, **kwargs)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise _ours(exc) from exc


def _ours(exc: OSError) -> ReelscribeError:
    if exc.errno in blocks.NO_SPACE:
        return StorageFull()
    if exc.errno in _ABSENT:
        return NotFound("The storage has no such file.")
    return Unavailable(f"The storage folder cannot be used: {exc.strerror or exc}")


def _names(key: str) -> list[str]:
    names = key.split("/")
    if not all(_NAME.fullmatch(name) for name in names):
        raise NotFound("The storage has no such file.")
    return names


def _size(path: Path) -> int:
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "no such file")
    return path.stat().st_size


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb", buffering=0)


def _append(handle: BinaryIO, digest: Callable[[bytes], None], block: bytes) -> None:
    digest(block)
    view = memoryview(block)
    while view:  # an unbuffered write may take only a part
        view = view[handle.write(view) :]


def _publish(handle: BinaryIO, unfinished: Path, target: Path) -> None:
    os.fsync(handle.fileno())
    # A part whose upload was aborted meanwhile finds no folder, and must not make one.
    unfinished.replace(target)
    _flush_folder(target.parent)


def _flush_folder(folder: Path) -> None:
    # Without this a power cut could take the new name away again.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(handle: BinaryIO, unfinished: Path) -> None:
    handle.close()
    unfinished.unlink(missing_ok=True)  # it has its real name by now if all went well


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise NotFound("This upload is over.", hint="Begin a new one.")


def _arrived(path: Path) -> PartArrived:
    status = path.stat()
    return PartArrived(number=int(path.name), size=status.st_size, etag=f"{status.st_size:x}-{status.st_mtime_ns:x}")


def _list_parts(folder: Path) -> list[PartArrived]:
    _require_folder(folder)
    return sorted((_arrived(path) for path in folder.iterdir()), key=lambda part: part.number)


def _remove_folder(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)


def _walk(root: Path, prefix: str, before: float) -> Iterator[str]:
    for folder, _, names in os.walk(root.joinpath(*_names(prefix.rstrip("/")))):
        for path in (Path(folder, name) for name in names):
            with suppress(FileNotFoundError):  # deleted while we look
                if path.stat().st_mtime < before:
                    yield path.relative_to(root).as_posix()


def _sweep(folders: Sequence[Path], before: datetime) -> int:
    found = [path for folder in folders if folder.is_dir() for path in folder.iterdir()]
    old = [path for path in found if path.stat().st_mtime < before.timestamp()]
    for path in old:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(old)


def _wrong_size(number: int, size: int) -> BadInput:
    return BadInput(f"Part {number} must have exactly {size} bytes.", hint="Send the part again.", part=number)


async def _one(block: bytes) -> AsyncGenerator[bytes]:
    yield block
