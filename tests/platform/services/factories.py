"""Rows that the tests of services start from."""

from __future__ import annotations

import secrets
from uuid import UUID

from reelscribe.platform import db
from reelscribe.platform.services import jobs
from reelscribe.platform.services.job_views import JobView
from reelscribe.platform.services.sessions import SCOPES, Identity


def identity(user_id: UUID, *, max_priority: str = "high") -> Identity:
    """The caller as a handler would know them."""
    return Identity(
        user_id=user_id, email="someone@example.test", role="user", scopes=SCOPES, max_priority=max_priority
    )


async def media(user_id: UUID, *, kind: str = "audio", seconds: float | None = 60.0, key: str | None = None) -> UUID:
    """A recording's row, without a file."""
    row = await db.fetch_one(
        "INSERT INTO media (user_id, filename, storage_key, size_bytes, sha256, content_type, kind, duration_seconds)"
        " VALUES ($1, 'talk.wav', $2, 10, $3, 'audio/wav', $4, $5) RETURNING id",
        user_id,
        key or f"media/{secrets.token_hex(8)}",
        "0" * 64,
        kind,
        seconds,
    )
    assert row is not None
    found: UUID = row["id"]
    return found


async def job(user_id: UUID, *, mode: str = "mono", engine: str = "stub", seconds: float = 60.0) -> JobView:
    """A job as the API would create it."""
    wanted = jobs.NewJob(media_id=await media(user_id, seconds=seconds), engine=engine, mode=mode)
    return await jobs.create(identity(user_id), wanted)


async def waiting_message(job_id: UUID) -> tuple[UUID, UUID]:
    """The stage of the job that is queued, and the message it waits for."""
    row = await db.fetch_one("SELECT id, message_id FROM stages WHERE job_id = $1 AND status = 'queued'", job_id)
    assert row is not None, "no stage is queued"
    return row["id"], row["message_id"]
