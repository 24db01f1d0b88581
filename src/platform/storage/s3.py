"""Files in a bucket of an S3 server, through the MinIO SDK in threads.

The SDK's own upload takes a blocking file; ours takes an async stream, so it speaks multipart itself with
the SDK's single calls. One part at a time is in memory.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import certifi
import urllib3
from minio import Minio
from minio.datatypes import Part
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from ..domain.filenames import content_disposition
from ..errors import Misconfigured, NotFound, ReelscribeError, StorageFull, Unavailable
from . import blocks
from .copies import Copies
from .fetched import Fetched, Source
from .protocol import PartArrived, PartTarget, Stored

# S3 wants parts of 5 MiB to 5 GiB, the last one excepted, and at most 10,000 of them.
_PART_BYTES = 8 * 1024 * 1024
_MOST_PARTS = 10_000
_LISTED_AT_ONCE = 500

_ABSENT = frozenset({"NoSuchKey", "NoSuchUpload", "NoSuchVersion"})
_REPLACED = frozenset({"PreconditionFailed"})
_REFUSED = frozenset({"NoSuchBucket", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
_FULL = frozenset({"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "InsufficientStorage"})

P = ParamSpec("P")
T = TypeVar("T")


class S3Storage:
    """See ``protocol.Storage``."""

    direct = True

    def __init__(self, client: Minio, bucket: str, *, copies: Copies) -> None:
        self._client = client
        self._bucket = bucket
        self._fetched = Fetched(copies)

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, limit: int | None = None) -> Stored:
        """Write a new file; a small one in one request, a larger one in parts."""
        digest, size, first = hashlib.sha256(), 0, b""
        parts = _Parts(self._client, self._bucket, key)
        try:
            async for block in blocks.regroup(chunks, _part_bytes(limit), limit=limit):
                await blocks.in_thread(digest.update, block)
                if size:
                    await parts.send(first)
                first, size = block, size + len(block)
            await parts.finish(first)
        except BaseException:
            await parts.abort()
            raise
        return Stored(key=key, size=size, sha256=digest.hexdigest())

    async def put_file(self, key: str, path: Path) -> Stored:
        """Write the content of a local file."""
        return await self.put(key, blocks.of_file(path))

    async def read(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes]:
        """Yield the file's bytes from ``start``."""
        size = await self.size(key)
        wanted = max(0, min(size - start, size if length is None else length))
        if not wanted:
            return
        response = await _do(self._client.get_object, self._bucket, key, offset=start, length=wanted)
        async with aclosing(_blocks(response)) as found:
            async for block in found:
                yield block

    async def size(self, key: str) -> int:
        """Return the size in bytes."""
        found = await _do(self._client.stat_object, self._bucket, key)
        return found.size or 0

    async def delete(self, key: str) -> None:
        """Remove the file, and the copy that this machine has of it."""
        await _do(self._client.remove_object, self._bucket, key)
        await self._fetched.forget(key)

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        """Download, unless this machine has a copy of just that; the server is asked in any case."""
        async with self._fetched.copy(await self._source(key)) as path:
            yield path

    async def keep_copies(self) -> None:
        """Keep what ``local_copy`` fetches (see ``fetched``)."""
        await self._fetched.keep()

    def signed_url(self, key: str, *, expires: timedelta, filename: str, content_type: str) -> str:
        """Return a presigned URL of the S3 server."""
        headers: dict[str, str | list[str] | tuple[str]] = {
            "response-content-disposition": content_disposition(filename),
            "response-content-type": content_type,
        }
        return self._client.get_presigned_url("GET", self._bucket, key, expires=expires, response_headers=headers)

    async def open_parts(self, key: str) -> str:
        """Begin a multipart upload."""
        return await _do(self._client._create_multipart_upload, self._bucket, key, {})

    def part_target(self, key: str, upload: str, number: int, *, size: int, expires: timedelta) -> PartTarget:  # noqa: ARG002 - the protocol's; S3 cannot be told the size, see services.uploads
        """Return a presigned URL of the S3 server."""
        query: dict[str, str | list[str] | tuple[str]] = {"partNumber": str(number), "uploadId": upload}
        url = self._client.get_presigned_url("PUT", self._bucket, key, expires=expires, extra_query_params=query)
        return PartTarget(number=number, method="PUT", url=url, headers={})

    async def parts(self, key: str, upload: str) -> Sequence[PartArrived]:
        """Return the parts that have arrived."""
        found: list[PartArrived] = []
        marker: str | None = None
        while True:
            page = await _do(self._client._list_parts, self._bucket, key, upload, part_number_marker=marker)
            found += [PartArrived(number=p.part_number, size=p.size or 0, etag=p.etag) for p in page.parts]
            if not page.is_truncated:
                return found
            marker = str(page.next_part_number_marker)

    async def join_parts(self, key: str, upload: str, parts: Sequence[PartArrived]) -> None:
        """Complete the multipart upload; its parts are gone then."""
        listed = [Part(part.number, part.etag) for part in parts]
        await _do(self._client._complete_multipart_upload, self._bucket, key, upload, listed)

    async def reopen_parts(self, key: str, upload: str, parts: Sequence[PartArrived]) -> str:  # noqa: ARG002 - the protocol's
        """Copy the file's ranges, inside the server, into a new multipart upload, and remove the file."""
        again = await self.open_parts(key)
        start = 0
        for part in parts:
            headers: dict[str, str | list[str] | tuple[str]] = {
                "x-amz-copy-source": f"/{self._bucket}/{key}",
                "x-amz-copy-source-range": f"bytes={start}-{start + part.size - 1}",
            }
            await _do(self._client._upload_part_copy, self._bucket, key, again, part.number, headers)
            start += part.size
        await self.delete(key)
        return again

    async def abort_parts(self, key: str, upload: str) -> None:
        """Abort the multipart upload."""
        with suppress(NotFound):
            await _do(self._client._abort_multipart_upload, self._bucket, key, upload)

    async def written_before(self, prefix: str, moment: datetime) -> AsyncGenerator[Sequence[str]]:
        """Yield the keys of older files."""
        listed = self._client.list_objects(self._bucket, prefix=prefix, recursive=True)
        older = (each.object_name or "" for each in listed if each.last_modified and each.last_modified < moment)
        while keys := await _do(lambda: list(islice(older, _LISTED_AT_ONCE))):
            yield keys

    async def sweep(self, *, before: datetime) -> int:
        """Abort multipart uploads that nobody finished."""
        listed = await _do(self._client._list_multipart_uploads, self._bucket)
        old = [u for u in listed.uploads if u.initiated_time is not None and u.initiated_time < before]
        for upload in old:
            await self.abort_parts(upload.object_name, upload.upload_id or "")
        return len(old)

    async def check(self) -> None:
        """Write, read and delete a small file."""
        key = f"check-{uuid4().hex}"
        await _do(self._client.put_object, self._bucket, key, io.BytesIO(b"reelscribe"), 10)
        async for _ in self.read(key):
            pass
        await self.delete(key)

    async def _source(self, key: str) -> Source:
        try:
            found = await _do(self._client.stat_object, self._bucket, key)
        except NotFound:
            await self._fetched.forget(key)
            raise
        etag = "" if (found.etag or "").startswith("W/") else found.etag or ""
        return Source(key=key, content=etag, size=found.size or 0, read=lambda: self._content(key, etag))

    async def _content(self, key: str, etag: str) -> AsyncGenerator[bytes]:
        """Yield the whole file, if it is still the one with that ETag."""
        headers: dict[str, str | list[str] | tuple[str]] = {"If-Match": f'"{etag}"'} if etag else {}
        response = await _do(self._client.get_object, self._bucket, key, request_headers=headers)
        async with aclosing(_blocks(response)) as found:
            async for block in found:
                yield block


class _Parts:
    """A multipart upload of ours, begun with the first part; without one it becomes a plain upload."""

    def __init__(self, client: Minio, bucket: str, key: str) -> None:
        self._client = client
        self._where = (bucket, key)
        self._upload = ""
        self._sent: list[Part] = []

    async def send(self, block: bytes) -> None:
        """Upload the next part."""
        if not self._upload:
            self._upload = await _do(self._client._create_multipart_upload, *self._where, {})
        number = len(self._sent) + 1
        etag = await _do(self._client._upload_part, *self._where, block, None, self._upload, number)
        self._sent.append(Part(number, etag))

    async def finish(self, block: bytes) -> None:
        """Upload the last part and make one file of all."""
        if not self._upload:
            await _do(self._client.put_object, *self._where, io.BytesIO(block), len(block))
            return
        await self.send(block)
        await _do(self._client._complete_multipart_upload, *self._where, self._upload, self._sent)

    async def abort(self) -> None:
        """Throw away what was uploaded; if the server cannot be reached, ``sweep`` will do it."""
        # Cancellation may come again here, and in the very moment in which the file was completed.
        if self._upload:
            with suppress(ReelscribeError, asyncio.CancelledError):
                await _do(self._client._abort_multipart_upload, *self._where, self._upload)
        with suppress(ReelscribeError, asyncio.CancelledError):
            await _do(self._client.remove_object, *self._where)


def connect(*, endpoint: str, region: str, access_key: str, secret_key: str) -> Minio:
    """Return a client of the server at ``endpoint`` (``http[s]://host[:port]``); nothing is sent yet."""
    parts = urlsplit(endpoint)
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=5, read=60),
        maxsize=16,
        cert_reqs="CERT_REQUIRED",
        ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
        retries=urllib3.Retry(total=3, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
    )
    # With the region given, the SDK never asks the server for it.
    return Minio(
        endpoint=parts.netloc,
        access_key=access_key,
        secret_key=secret_key,
        secure=parts.scheme == "https",
        region=region,
        http_client=pool,
    )


def _part_bytes(limit: int | None) -> int:
    return max(_PART_BYTES, -(-(limit or 0) // _MOST_PARTS))


async def _blocks(response: BaseHTTPResponse) -> AsyncGenerator[bytes]:
    try:
        while block := await _do(response.read, blocks.BLOCK_BYTES):
            yield block
    finally:
        response.close()
        response.release_conn()


async def _do(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with _translated():
        return await blocks.in_thread(work, *args, **kwargs)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except S3Error as exc:
        raise _ours(exc) from exc
    except (MinioException, HTTPError, OSError) as exc:
        raise _away(exc) from exc


def _ours(exc: S3Error) -> ReelscribeError:
    if exc.code in _ABSENT:
        return NotFound("The storage has no such file.")
    if exc.code in _FULL:
        return StorageFull()
    if exc.code in _REPLACED:
        return Unavailable("The file was replaced while it was fetched.")
    if exc.code in _REFUSED:
        return Misconfigured(f"The S3 server refuses us: {exc.code}: {exc.message}")
    return Unavailable(f"The S3 server answers with an error: {exc.code}: {exc.message}")


def _away(exc: Exception) -> ReelscribeError:
    if isinstance(exc, OSError) and exc.errno in blocks.NO_SPACE:
        return StorageFull()
    return Unavailable(f"The S3 server does not answer: {exc}")
