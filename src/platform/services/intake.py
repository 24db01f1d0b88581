"""How a file in the storage becomes a recording: looked into, measured, entered."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec

from .. import db, storage, temporary
from ..errors import BadInput, BadMedia, TooLarge
from ..media import probe, repair
from ..media.info import MediaInfo
from ..settings import current

_SILENT = "If it should have sound, check the microphone settings of the program that recorded it."

# Somebody waits for the answer to the upload.
_REPAIR_TAKES = timedelta(minutes=2)


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """A stored file that can be used; ``size`` in bytes, ``sha256`` in lower-case hex."""

    key: str
    filename: str
    size: int
    sha256: str
    info: MediaInfo


class WrongDigest(BadInput):
    """The SHA-256 of what arrived is not the one that was announced."""

    code = "sha256_mismatch"
    hint = "Send the parts again, or begin anew with the right SHA-256."


def new_key(user_id: UUID) -> str:
    """Return a storage key that nobody has; nothing of the file's name is in it."""
    return f"media/{user_id.hex}/{uuid4().hex}"


def refuse_too_large(size: int) -> None:
    """Raise ``TooLarge`` for a file of ``size`` bytes that this server would not take."""
    limit = current().max_upload_bytes
    if size > limit:
        raise TooLarge(f"The file has {size} bytes; this server accepts at most {limit}.", limit=limit)


async def examine(key: str, filename: str, *, sha256: str | None = None, announced: str | None = None) -> Examined:
    """Look into a stored file; ``sha256`` saves reading it once more where it is known already.

    Raises:
        WrongDigest: its SHA-256 is not the ``announced`` one.
        BadMedia: it is neither a recording with sound nor text.
        TooLarge: it plays longer than this server takes.
    """
    size = await storage.current().size(key)
    async with storage.current().local_copy(key) as path:
        found = sha256 or await _digest(path)
        if announced is not None and announced != found:
            raise WrongDigest(sha256=found)
        info = await _look(path, filename)
    if info.kind == "video" and not info.has_audio:
        raise BadMedia("This video has no sound, so there is nothing to transcribe.", hint=_SILENT)
    return Examined(key=key, filename=filename, size=size, sha256=found, info=info)


async def _look(path: Path, filename: str) -> MediaInfo:
    """Look into the file; a damaged one is taken in if the repair that its jobs begin with would help."""
    try:
        return await probe.inspect(path, name=filename)
    except BadMedia as exc:
        if not repair.may_help(exc):
            raise
        with temporary.folder() as folder:
            limit = current().max_media_seconds
            mended = await repair.mend(path, folder, timeout=_REPAIR_TAKES, max_seconds=limit)
        if mended is None:
            raise repair.in_vain(exc) from exc
        # What lies in the storage is still the damaged file, which no player may take for what it would be.
        return msgspec.structs.replace(mended.info, content_type="application/octet-stream")


async def enter(user_id: UUID, file: Examined) -> db.Row:
    """Insert the recording, in the surrounding transaction, and return its row."""
    row = await db.fetch_one(
        "INSERT INTO media (user_id, filename, storage_key, size_bytes, sha256, content_type, kind,"
        " duration_seconds, probe) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *",
        user_id,
        file.filename,
        file.key,
        file.size,
        file.sha256,
        file.info.content_type,
        file.info.kind,
        file.info.duration_seconds,
        msgspec.json.encode(file.info).decode(),
    )
    assert row is not None, "INSERT … RETURNING gives a row"  # noqa: S101 - for the type checker
    return row


async def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    async for block in storage.blocks.of_file(path):
        await storage.blocks.in_thread(digest.update, block)
    return digest.hexdigest()
