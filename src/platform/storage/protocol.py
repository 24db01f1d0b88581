"""What a storage offers. Keys are slash-separated ASCII made by us, never by a user.

Nothing reads a whole file into memory. Errors: ``NotFound`` for an unknown key, ``StorageFull`` when no
space is left, ``Unavailable`` when the server does not answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it now lies in the storage; ``sha256`` in lower-case hex, of exactly ``size`` bytes."""

    key: str
    size: int
    sha256: str


class PartTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how a client sends part ``number`` (from 1)."""

    number: int
    method: str
    url: str
    headers: dict[str, str]


class PartArrived(msgspec.Struct, frozen=True, kw_only=True):
    """A part that lies in the storage."""

    number: int
    size: int
    etag: str


class Storage(Protocol):
    """One place for files."""

    @property
    def direct(self) -> bool:
        """Whether a signed URL leads past this server, so that a download should be sent there."""

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, limit: int | None = None) -> Stored:
        """Write a new file; nothing remains of it when this raises (``TooLarge`` past ``limit`` bytes)."""

    async def put_file(self, key: str, path: Path) -> Stored:
        """Write the content of a local file."""

    def read(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Yield the file's bytes from ``start``, in chunks of at most 1 MiB."""

    async def size(self, key: str) -> int:
        """Return the size in bytes."""

    async def delete(self, key: str) -> None:
        """Remove the file; an absent one is no error."""

    def local_copy(self, key: str) -> AbstractAsyncContextManager[Path]:
        """Give a path to read from, never to write to: the file itself where it is local, else a copy of it."""

    async def keep_copies(self) -> None:
        """Keep copies for who wants them next, until cancelled, and tidy up; returns at once where there are none."""

    def signed_url(self, key: str, *, expires: timedelta, filename: str, content_type: str) -> str:
        """Return a URL from which anyone can download the file until it expires."""

    async def open_parts(self, key: str) -> str:
        """Begin a file that arrives in parts; returns the storage's name for it."""

    def part_target(self, key: str, upload: str, number: int, *, size: int, expires: timedelta) -> PartTarget:
        """Return where the client sends one part of ``size`` bytes."""

    async def parts(self, key: str, upload: str) -> Sequence[PartArrived]:
        """Return the parts that have arrived, by number."""

    async def join_parts(self, key: str, upload: str, parts: Sequence[PartArrived]) -> None:
        """Make one file of the parts, in their order; the parts may stay until ``abort_parts``."""

    async def reopen_parts(self, key: str, upload: str, parts: Sequence[PartArrived]) -> str:
        """Undo ``join_parts``, so that parts can be sent anew; returns the storage's name from now on."""

    async def abort_parts(self, key: str, upload: str) -> None:
        """Throw the parts away; unknown ones are no error."""

    def written_before(self, prefix: str, moment: datetime) -> AsyncIterator[Sequence[str]]:
        """Yield the keys of all files under ``prefix`` (such as "media/") that are older, some hundred at a time."""

    async def sweep(self, *, before: datetime) -> int:
        """Remove what writes that were killed left behind before that moment; returns how many."""

    async def check(self) -> None:
        """Write, read and delete a small file; raises what is wrong, for the doctor."""
