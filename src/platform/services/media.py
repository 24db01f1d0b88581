"""Recordings as their owners see them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from .. import db, storage
from ..domain import filenames, pagination
from ..errors import Conflict, NotFound
from ..settings import current
from . import idempotency, intake, receipts, upload_events
from .files import Download

# Long enough to listen to the longest recording; a leaked link is of no use the next day.
LINK_LIFETIME = timedelta(hours=12)


class MediaView(msgspec.Struct, frozen=True, kw_only=True):
    """A recording; ``kind`` is audio, video or text, ``size`` in bytes, ``duration`` in seconds (None for text)."""

    id: UUID
    filename: str
    kind: str
    content_type: str
    size: int
    duration: float | None
    sha256: str
    created_at: datetime


class MediaPage(msgspec.Struct, frozen=True, kw_only=True):
    """Recordings, newest first; ``next_cursor`` is None on the last page."""

    items: list[MediaView]
    next_cursor: str | None


async def store(
    user_id: UUID, *, filename: str, chunks: AsyncIterator[bytes], claimed_type: str, size: int | None = None
) -> MediaView:
    """Take in a file; nothing of it remains when this raises. ``size`` is roughly its length, if known.

    Steps: 1. note the key, so that a crash leaves nothing behind for good. 2. Write the bytes. 3. Look into
    them; what counts is the content, neither the name nor ``claimed_type``. 4. Enter the recording.

    Raises:
        TooLarge: more bytes or seconds than this server takes.
        BadMedia: the content cannot be used.
        StorageFull, Unavailable: the storage cannot take it.
    """
    async with receipts.receiving(user_id, filename=filenames.clean(filename), claimed_type=claimed_type) as receipt:
        file = await _received(user_id, receipt, chunks, size)
        return await _entered(user_id, receipt, file)


async def store_once(
    user_id: UUID,
    *,
    key: str,
    filename: str,
    chunks: AsyncIterator[bytes],
    claimed_type: str,
    size: int | None = None,
) -> MediaView:
    """Take in a file as ``store`` does, but once per Idempotency-Key.

    What makes two requests the same is their content, known only when it is here: a repetition is dropped
    again and gets the answer of the first. The recording is entered together with the answer, so that no moment
    lies between them at which a crash would leave a recording that nobody was told of.

    Raises:
        KeyReused: the key belongs to another file; nothing of this one remains.
    """
    entered: list[MediaView] = []
    try:
        async with receipts.receiving(
            user_id, filename=filenames.clean(filename), claimed_type=claimed_type
        ) as receipt:
            file = await _received(user_id, receipt, chunks, size)

            async def enter() -> MediaView:
                entered.append(await _entered(user_id, receipt, file))
                return entered[0]

            request = f"POST /api/v1/media\n{file.filename}\n{file.sha256}".encode()
            answer = await idempotency.once(user_id, key, request=request, status=201, action=enter)
            view = msgspec.json.decode(answer.body, type=MediaView)
            if not entered:
                raise _RepeatedError(view)  # so that this file and its note are dropped
            return view
    except _RepeatedError as again:
        return again.view


class _RepeatedError(Exception):
    """The file came a second time; ``view`` is the answer that the first one got."""

    def __init__(self, view: MediaView) -> None:
        super().__init__()
        self.view = view


async def _received(
    user_id: UUID, receipt: receipts.Receipt, chunks: AsyncIterator[bytes], size: int | None
) -> intake.Examined:
    arriving = upload_events.told(user_id, receipt.id, receipt.filename, chunks, size=size)
    stored = await storage.current().put(receipt.key, arriving, limit=current().max_upload_bytes)
    return await intake.examine(receipt.key, receipt.filename, sha256=stored.sha256)


async def _entered(user_id: UUID, receipt: receipts.Receipt, file: intake.Examined) -> MediaView:
    async with db.transaction():
        row = await intake.enter(user_id, file)
        await receipts.settle(receipt, row["id"])
    return of_row(row)


async def get(user_id: UUID, media_id: UUID) -> MediaView:
    """Return one recording of the user.

    Raises:
        NotFound: there is none with this id.
    """
    return of_row(await _row(user_id, media_id))


async def list_page(user_id: UUID, *, limit: int, cursor: str | None = None) -> MediaPage:
    """Return one page of the user's recordings, newest first.

    Raises:
        BadInput: the cursor is not one of ours.
    """
    before = pagination.decode_position(cursor) if cursor else None
    rows = await db.fetch(
        "SELECT * FROM media WHERE user_id = $1 AND deleted_at IS NULL"
        " AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3))"
        " ORDER BY created_at DESC, id DESC LIMIT $4",
        user_id,
        before.created_at if before else None,
        before.id if before else None,
        limit + 1,
    )
    items = [of_row(row) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    return MediaPage(items=items, next_cursor=pagination.encode_position(last.created_at, last.id) if last else None)


async def delete(user_id: UUID, media_id: UUID) -> None:
    """Remove the file; the row stays, marked, for the jobs that were made of it.

    Raises:
        NotFound: there is no such recording.
        Conflict: a job that is not finished needs it.
    """
    async with db.transaction():
        key = await mark_deleted(user_id, media_id)
    await storage.current().delete(key)


async def mark_deleted(user_id: UUID, media_id: UUID) -> str:
    """Mark the recording in the caller's transaction; returns the key of the file to delete after the commit.

    Errors as ``delete``. Where a crash comes between, ``forget_files`` deletes the file.
    """
    # FOR UPDATE waits for jobs that are being created, whose foreign key holds the row.
    row = await _row(user_id, media_id, lock="FOR UPDATE")
    if await db.fetch_one(
        "SELECT 1 FROM jobs WHERE media_id = $1 AND status IN ('pending', 'processing') LIMIT 1", media_id
    ):
        raise Conflict("A job that is not finished needs this recording.", hint="Cancel the job or wait for it.")
    await db.execute("UPDATE media SET deleted_at = now() WHERE id = $1", media_id)
    key: str = row["storage_key"]
    return key


async def hold(user_id: UUID, media_id: UUID) -> MediaView:
    """Return a recording that cannot be deleted before the surrounding transaction ends; as ``get``."""
    return of_row(await _row(user_id, media_id, lock="FOR SHARE"))


async def download(user_id: UUID, media_id: UUID) -> Download:
    """Return where the content is.

    Raises:
        NotFound: there is no such recording.
    """
    return download_of(await _row(user_id, media_id))


def download_of(row: db.Row) -> Download:
    """Return where the content of a row of ``media`` is; whoever calls this has made sure that they may have it."""
    direct = storage.current().direct
    return Download(
        key=row["storage_key"],
        filename=row["filename"],
        content_type=row["content_type"],
        size=row["size_bytes"],
        etag=row["sha256"],
        redirect=_link(row) if direct else None,
    )


async def link(user_id: UUID, media_id: UUID) -> str:
    """Return a URL for a player: anyone who has it can read the content for ``LINK_LIFETIME``."""
    return _link(await _row(user_id, media_id))


async def forget_files() -> int:
    """Remove files of recordings deleted within the hour, in case a crash came between; returns how many rows."""
    rows = await db.fetch("SELECT storage_key FROM media WHERE deleted_at > now() - interval '1 hour'")
    for row in rows:
        await storage.current().delete(row["storage_key"])
    return len(rows)


def of_row(row: db.Row) -> MediaView:
    """Return a row of ``media`` as its owner sees it."""
    return MediaView(
        id=row["id"],
        filename=row["filename"],
        kind=row["kind"],
        content_type=row["content_type"],
        size=row["size_bytes"],
        duration=row["duration_seconds"],
        sha256=row["sha256"],
        created_at=row["created_at"],
    )


async def _row(user_id: UUID, media_id: UUID, *, lock: str = "") -> db.Row:
    row = await db.fetch_one(
        f"SELECT * FROM media WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL {lock}",  # noqa: S608 - constant
        media_id,
        user_id,
    )
    if row is None:
        raise NotFound("There is no such recording.")
    return row


def _link(row: db.Row) -> str:
    return storage.current().signed_url(
        row["storage_key"], expires=LINK_LIFETIME, filename=row["filename"], content_type=row["content_type"]
    )
