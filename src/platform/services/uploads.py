"""Resumable uploads: the client sends parts straight to the storage, then asks us to make a recording of them.

``open`` → ``completing`` → ``completed`` | ``aborted``. While ``completing``, ``expires_at`` is a lease that
is renewed: whoever finds it run out may take over, so a crash blocks nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import anyio

from .. import db, storage
from ..domain import filenames
from ..errors import BadInput, BadMedia, Conflict, NotFound, ReelscribeError, TooLarge
from ..storage import PartArrived
from . import intake, media
from .media import MediaView
from .upload_claims import LIFETIME, Lease, claim, claim_expired
from .upload_views import NewUpload, UploadView, all_parts, is_whole, of_row, part_size_for

# Longer than any upload lives, so that no part of a living one is swept.
_FORGOTTEN = timedelta(hours=48)
# What one user may leave unfinished.
_MOST_OPEN = 50


async def create(user_id: UUID, wanted: NewUpload) -> UploadView:
    """Begin an upload.

    Raises:
        TooLarge: this server does not take files of that size.
        Conflict: the user has too many unfinished uploads.
    """
    intake.refuse_too_large(wanted.size)
    await _refuse_too_many(user_id)
    now, key, part_size = datetime.now(UTC), intake.new_key(user_id), part_size_for(wanted.size)
    row = await db.fetch_one(
        "INSERT INTO uploads (user_id, filename, content_type, size_bytes, part_size, part_count, sha256, storage_key,"
        " storage_upload, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING *",
        user_id,
        filenames.clean(wanted.filename),
        wanted.content_type,
        wanted.size,
        part_size,
        -(-wanted.size // part_size),
        wanted.sha256.lower() if wanted.sha256 else None,
        key,
        await storage.current().open_parts(key),
        now,
        now + LIFETIME,
    )
    assert row is not None, "INSERT … RETURNING gives a row"  # noqa: S101 - for the type checker
    return of_row(row, {})


async def get(user_id: UUID, upload_id: UUID) -> UploadView:
    """Return an upload, with fresh URLs for the parts that are missing.

    Raises:
        NotFound: the user has no such upload.
    """
    row = await _row(user_id, upload_id)
    return of_row(row, await _arrived(row))


async def complete(user_id: UUID, upload_id: UUID) -> MediaView:
    """Make a recording of the parts; asked again, return the same one.

    Steps: 1. claim the upload. 2. Join its parts. 3. Look into the file. 4. Enter the recording.

    Raises:
        NotFound: the user has no such upload.
        Conflict: it was given up, or is being completed by another request.
        BadInput: parts are missing or of the wrong size, or the SHA-256 differs; they can be sent again.
        BadMedia, TooLarge: the content cannot be used; nothing of it is kept.
    """
    claimed = await claim(user_id, upload_id)
    if claimed is None:
        return await _already(user_id, upload_id)
    async with _leased(claimed) as lease:
        file = await _file(claimed, lease)
        async with db.transaction():
            row = await intake.enter(user_id, file)
            await lease.settle(row["id"])
    with contextlib.suppress(ReelscribeError):  # the recording is there; the sweep finds what is left
        await storage.current().abort_parts(file.key, lease.storage_upload)
    return media.of_row(row)


async def abort(user_id: UUID, upload_id: UUID) -> None:
    """Give an upload up and throw its parts away; doing it twice is no error.

    Raises:
        NotFound: the user has no such upload.
        Conflict: it is being completed, or is a recording already.
    """
    row = await _row(user_id, upload_id)
    claimed = await claim(user_id, upload_id)
    if claimed is not None:
        await _discard(claimed)
    elif row["status"] in ("completing", "completed"):
        raise Conflict("This upload is completed or about to be.", hint="Delete the recording instead.")


async def sweep_expired(now: datetime) -> int:
    """Clean up after clients and processes that never came back; returns how many uploads were touched."""
    touched = 0
    while (row := await claim_expired(now)) is not None:
        touched += 1
        if row["storage_upload"] and row["created_at"] + LIFETIME > now:
            await Lease(row).release()  # a process died while completing; the client may ask again
        else:
            await _discard(row)
    await media.forget_files()
    return touched + await storage.current().sweep(before=now - _FORGOTTEN)


@asynccontextmanager
async def _leased(row: db.Row) -> AsyncIterator[Lease]:
    lease = Lease(row)
    renewal = asyncio.create_task(lease.renew_for_ever())
    try:
        yield lease
    except (BadMedia, TooLarge):
        await _discard(row)
        raise
    except BaseException:
        with anyio.CancelScope(shield=True):
            await lease.release()
        raise
    finally:
        renewal.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await renewal


async def _file(row: db.Row, lease: Lease) -> intake.Examined:
    key, files = row["storage_key"], storage.current()
    await _join(row)
    try:
        return await intake.examine(key, row["filename"], announced=row["sha256"])
    except intake.WrongDigest:
        lease.storage_upload = await files.reopen_parts(key, row["storage_upload"], all_parts(row))
        raise


async def _join(row: db.Row) -> None:
    """Make one file of the parts, unless an earlier try that crashed has done so."""
    key, files = row["storage_key"], storage.current()
    with contextlib.suppress(NotFound):
        if await files.size(key) == row["size_bytes"]:
            return
    arrived = await _arrived(row)
    missing = [part.number for part in all_parts(row) if not is_whole(part, arrived)]
    if missing:
        raise BadInput(
            f"{len(missing)} of {row['part_count']} parts are missing or of the wrong size.",
            hint="GET this upload for their URLs, send them, then complete it again.",
            missing=missing,
        )
    await files.join_parts(key, row["storage_upload"], [arrived[part.number] for part in all_parts(row)])


async def _discard(row: db.Row) -> None:
    """Throw away parts and file of a claimed upload; if the storage is away, the sweep tries again."""
    if row["storage_upload"]:
        await storage.current().abort_parts(row["storage_key"], row["storage_upload"])
    await storage.current().delete(row["storage_key"])
    await db.execute("UPDATE uploads SET status = 'aborted' WHERE id = $1 AND status = 'completing'", row["id"])


async def _already(user_id: UUID, upload_id: UUID) -> MediaView:
    row = await _row(user_id, upload_id)
    if row["media_id"] is not None:
        return await media.get(user_id, row["media_id"])
    if row["status"] == "completing":
        raise Conflict("This upload is being completed.", hint="Ask for it again in a moment.", retry_after=2)
    raise Conflict("This upload was given up or has expired.", hint="Begin a new one.")


async def _row(user_id: UUID, upload_id: UUID) -> db.Row:
    row = await db.fetch_one(
        "SELECT * FROM uploads WHERE id = $1 AND user_id = $2 AND storage_upload <> ''", upload_id, user_id
    )
    if row is None:
        raise NotFound("There is no such upload.")
    return row


async def _refuse_too_many(user_id: UUID) -> None:
    row = await db.fetch_one("SELECT count(*) AS n FROM uploads WHERE user_id = $1 AND status = 'open'", user_id)
    if row is not None and row["n"] >= _MOST_OPEN:
        raise Conflict(f"You have {_MOST_OPEN} unfinished uploads.", hint="Complete or delete some of them first.")


async def _arrived(row: db.Row) -> dict[int, PartArrived]:
    if row["status"] in ("completed", "aborted"):
        return {}
    with contextlib.suppress(NotFound):
        return {part.number: part for part in await storage.current().parts(row["storage_key"], row["storage_upload"])}
    return {}
