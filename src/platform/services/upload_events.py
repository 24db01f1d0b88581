"""What listeners hear of a file that is on its way."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from uuid import UUID

import msgspec

from .. import db, events

# One event for this many bytes: at 100 MB/s a dozen a second.
_EVERY_BYTES = 8 * 1024 * 1024


class UploadProgress(msgspec.Struct, frozen=True, kw_only=True):
    """``received`` bytes of ``size`` have come; ``size`` is None while nobody knows it."""

    job_id: None = None
    upload_id: UUID
    filename: str
    received: int
    size: int | None


async def told(
    user_id: UUID, upload_id: UUID, filename: str, chunks: AsyncIterator[bytes], *, size: int | None
) -> AsyncGenerator[bytes]:
    """Pass ``chunks`` on and tell the user's listeners now and then."""
    received = next_at = 0
    async for chunk in chunks:
        yield chunk
        received += len(chunk)
        if received >= next_at:
            next_at = received + _EVERY_BYTES
            await _publish(user_id, upload_id, filename, received, size)
    await _publish(user_id, upload_id, filename, received, received)


async def part_arrived(key: str, received: int) -> None:
    """Tell the listeners that ``received`` bytes of the upload with this storage key lie in the storage."""
    row = await db.fetch_one("SELECT id, user_id, filename, size_bytes FROM uploads WHERE storage_key = $1", key)
    if row is not None:
        await _publish(row["user_id"], row["id"], row["filename"], received, row["size_bytes"])


async def _publish(user_id: UUID, upload_id: UUID, filename: str, received: int, size: int | None) -> None:
    progress = UploadProgress(upload_id=upload_id, filename=filename, received=received, size=size)
    await events.publish(events.EventType.UPLOAD, user_id, None, progress)
