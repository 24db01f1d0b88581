"""Files on their way out, and parts on their way in, by signed URLs of our own."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec

from .. import storage
from ..errors import BadInput, NotFound
from ..security import signing
from ..storage import LocalStorage, PartArrived
from . import upload_events

Query = Sequence[tuple[str, str]]


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A file that may be read; ``redirect`` is a URL that leads past us, where the storage has one.

    ``size`` in bytes; ``etag`` changes with the content and has no quotes.
    """

    key: str
    filename: str
    content_type: str
    size: int
    etag: str
    redirect: str | None = None


def read(file: Download, *, start: int, length: int) -> AsyncIterator[bytes]:
    """Yield bytes of the file, in chunks of at most 1 MiB."""
    return storage.current().read(file.key, start=start, length=length)


async def of_link(key: str, query: Query, *, now: datetime) -> Download:
    """Return the file that a link of the local storage leads to.

    Raises:
        Forbidden: the link was not signed by us, was changed, or has expired.
        NotFound: the file is gone, or this server keeps none itself.
    """
    params = signing.verify("GET", f"/files/{key}", query, now=now)
    return Download(
        key=key,
        filename=params["name"],
        content_type=params["type"],
        size=await _local().size(key),
        etag=hashlib.sha256(key.encode()).hexdigest(),  # a key never gets another content
    )


async def receive_part(
    upload: str, number: str, query: Query, chunks: AsyncIterator[bytes], *, announced: int | None, now: datetime
) -> PartArrived:
    """Store a part that a client sends to its signed URL; ``announced`` is its Content-Length.

    Raises:
        Forbidden: the URL was not signed by us, was changed, or has expired.
        BadInput: the part is not of the size that the URL is for.
        NotFound: the upload is over.
    """
    params = signing.verify("PUT", f"/uploads/{upload}/parts/{number}", query, now=now)
    size = int(params["size"])
    if announced is not None and announced != size:
        raise BadInput(f"This part must have exactly {size} bytes, not {announced}.")
    part = await _local().receive_part(upload, int(number), chunks, size=size)
    there = await _local().parts(params["key"], upload)
    await upload_events.part_arrived(params["key"], sum(part.size for part in there))
    return part


def _local() -> LocalStorage:
    found = storage.current()
    if not isinstance(found, LocalStorage):
        raise NotFound("This server keeps no files itself.")
    return found
