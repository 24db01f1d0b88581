"""The decoded sound track of a job: as large as the recording, needed only while stages may still use it.

What was seen in it while it was decoded (``media.soundings``) is small and stays, for players draw the waveform.
"""

from __future__ import annotations

from uuid import UUID

from .. import db, storage

# A failed or cancelled job is retried within days or never; later its sound track is decoded again.
_KEPT = "7 days"


def key(job_id: UUID, run: int) -> str:
    """Return where the sound track that a run of a job decoded lies."""
    return f"jobs/{job_id}/audio-{run}.wav"


def soundings_key(job_id: UUID, run: int) -> str:
    """Return where the levels and the waveform of that sound track lie."""
    return f"jobs/{job_id}/soundings-{run}.bin"


async def may_be_wanted(job_id: UUID) -> bool:
    """Return whether a stage of the job failed that would listen again in a retry; clips are cut from the recording."""
    wanted = "SELECT 1 FROM stages WHERE job_id = $1 AND status = 'failed' AND clip_id IS NULL LIMIT 1"
    return await db.fetch_one(wanted, job_id) is not None


async def forget_old() -> int:
    """Delete the sound tracks of jobs that ended a week ago; returns how many.

    Their first stage waits again, so that a retry decodes the recording anew.
    """
    rows = await db.fetch(
        "SELECT j.id, s.result->>'audio_key' AS audio_key FROM jobs j"
        " JOIN stages s ON s.job_id = j.id AND s.name = 'ingest' AND s.status = 'completed'"
        " WHERE j.finished_at < now() - $1::text::interval"
        " AND EXISTS (SELECT 1 FROM stages f WHERE f.job_id = j.id AND f.status IN ('failed', 'cancelled')"
        " AND (f.clip_id IS NULL OR j.status <> 'completed')) LIMIT 500",
        _KEPT,
    )
    for row in rows:
        await _forget(row["id"], row["audio_key"])
    return len(rows)


async def _forget(job_id: UUID, audio_key: str | None) -> None:
    async with db.transaction():
        still = await db.fetch_one("SELECT 1 FROM jobs WHERE id = $1 AND finished_at IS NOT NULL FOR UPDATE", job_id)
        if still is None:
            return
        await db.execute(
            "UPDATE stages SET status = 'waiting', attempts = 0, result = NULL WHERE job_id = $1 AND name = 'ingest'",
            job_id,
        )
    if audio_key is not None:
        await storage.current().delete(audio_key)
