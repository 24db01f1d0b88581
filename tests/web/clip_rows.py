"""A finished clips job, written straight into the tables and the storage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import msgspec
from reelscribe.platform import db, storage
from reelscribe.platform.domain.transcript import EngineName, Segment, Transcript, Word
from reelscribe.platform.services import transcripts

VIDEO = b"not really a video, but these very bytes"
_WORDS = tuple(Word(start=float(at), end=at + 0.8, text=f"word{at}") for at in range(60))
_TEXT = Transcript(
    version=1,
    language="en",
    duration=60.0,
    engine=EngineName(name="stub", model="stub"),
    segments=(Segment(id="s1", start=0.0, end=59.8, text=" ".join(word.text for word in _WORDS), words=_WORDS),),
    text="",
)


async def finished(job_id: UUID) -> list[str]:
    """Complete the job, with two clips that are ready and one whose rendering failed; returns the clips' ids."""
    async with db.transaction():
        await transcripts.store(job_id, _TEXT, run=1)
        await db.execute("UPDATE stages SET status = 'completed', result = '{}' WHERE job_id = $1", job_id)
        await db.execute(
            "UPDATE jobs SET kind = 'clips', status = 'completed', progress = 100, finished_at = now() WHERE id = $1",
            job_id,
        )
    return [await _clip(job_id, 0), await _clip(job_id, 1), await _clip(job_id, 2, is_ready=False)]


async def _clip(job_id: UUID, position: int, *, is_ready: bool = True) -> str:
    keys = {name: f"clips/{uuid4().hex}{name}" for name in (".mp4", ".jpg", ".webp")}
    for key in keys.values():
        await storage.current().put(key, _once(VIDEO))
    error = {"code": "media_failed", "stage": "render", "message": "ffmpeg failed.", "hint": "Try again."}
    row = await db.fetch_one(
        "INSERT INTO clips (job_id, position, title, reason, quote, score, topics, spans, duration_seconds, status,"
        " storage_key, poster_key, preview_key, rendered_revision, width, height, size_bytes, error, aspect)"
        " VALUES ($1, $2, $3, 'It is <b>good</b>.', 'So it is.', 0.5, '{rivers}', $4, 10, $5, $6, $7, $8, $9, 1280,"
        " 720, $10, $11, 'source') RETURNING id",
        job_id,
        position,
        f"Part {position}",
        msgspec.json.encode([{"start": position * 20.0, "end": position * 20.0 + 10}]).decode(),
        "ready" if is_ready else "failed",
        *(keys.values() if is_ready else (None, None, None)),
        1 if is_ready else None,
        len(VIDEO),
        None if is_ready else msgspec.json.encode(error).decode(),
    )
    assert row is not None
    return str(row["id"])


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
