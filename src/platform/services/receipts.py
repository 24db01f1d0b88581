"""A note of every file that is being received in one piece, written before its first byte.

It is a row of ``uploads`` without parts. Should the process die, ``uploads.sweep_expired`` finds the note
and removes what was written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import anyio
import msgspec

from .. import db, storage
from ..errors import Conflict, ReelscribeError
from ..settings import current
from . import intake

# Nobody sends one file for longer than this.
_LONGEST = timedelta(hours=24)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The note."""

    id: UUID
    key: str
    filename: str


@asynccontextmanager
async def receiving(user_id: UUID, *, filename: str, claimed_type: str) -> AsyncIterator[Receipt]:
    """Give a note for the block; when the block raises, file and note are removed."""
    receipt = await _note(user_id, filename, claimed_type)
    try:
        yield receipt
    except BaseException:
        # Also when the client went away and this task is cancelled.
        with anyio.CancelScope(shield=True):
            await _forget(receipt)
        raise


async def settle(receipt: Receipt, media_id: UUID) -> None:
    """Turn the note into the record that ``media_id`` came of it, in the surrounding transaction.

    Raises:
        Conflict: it took so long that the sweep has removed the file.
    """
    sql = "UPDATE uploads SET status = 'completed', media_id = $2 WHERE id = $1 AND status = 'completing'"
    if not await db.execute(sql, receipt.id, media_id):
        raise Conflict("This upload took too long.", hint="Upload the file in parts.")


async def _note(user_id: UUID, filename: str, claimed_type: str) -> Receipt:
    key = intake.new_key(user_id)
    limit = current().max_upload_bytes
    row = await db.fetch_one(
        "INSERT INTO uploads (user_id, filename, content_type, size_bytes, part_size, part_count, storage_key, status,"
        " expires_at) VALUES ($1, $2, $3, $4, $4, 1, $5, 'completing', $6) RETURNING id",
        user_id,
        filename,
        claimed_type[:100],
        limit,
        key,
        datetime.now(UTC) + _LONGEST,
    )
    assert row is not None, "INSERT … RETURNING gives a row"  # noqa: S101 - for the type checker
    return Receipt(id=row["id"], key=key, filename=filename)


async def _forget(receipt: Receipt) -> None:
    with suppress(ReelscribeError):  # then the sweep does it
        await storage.current().delete(receipt.key)
        await db.execute("DELETE FROM uploads WHERE id = $1 AND status = 'completing'", receipt.id)
