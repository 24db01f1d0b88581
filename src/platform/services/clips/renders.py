"""The rendering of one clip, for its stage and its row; every function runs in the caller's transaction."""

from __future__ import annotations

from uuid import UUID

import msgspec

from ... import db
from ...domain.rendering import Basis
from ..job_views import JobError


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """What a rendering has put into the storage; ``size_bytes`` and ``sha256`` of the video, ``warnings`` in sentences.

    ``basis``: what it was made of; None where it must be rendered anew in any case.
    """

    video_key: str
    poster_key: str
    preview_key: str
    duration_seconds: float
    width: int
    height: int
    size_bytes: int
    way: str
    warnings: tuple[str, ...] = ()
    sha256: str = ""
    basis: Basis | None = None


async def newest(clip_id: UUID) -> Files | None:
    """Return the files that the clip has, None where it has none, or of an older version that says less of them."""
    row = await db.fetch_one(
        "SELECT storage_key AS video_key, poster_key, preview_key, duration_seconds, width, height, size_bytes, way,"
        " warnings, sha256, basis FROM clips WHERE id = $1",
        clip_id,
    )
    if row is None or any(value is None for value in row.values()):
        return None
    try:
        basis = msgspec.json.decode(row["basis"], type=Basis)
    except msgspec.ValidationError:  # a newer version wrote it
        return None
    warnings = msgspec.json.decode(row["warnings"], type=tuple[str, ...])
    return Files(**{**row, "warnings": warnings, "basis": basis})


async def store(clip_id: UUID, revision: int, made: Files) -> None:
    """Make the new files those of the clip; the old ones are swept later, when nobody reads them any more."""
    await db.execute(
        "UPDATE clips SET status = 'ready', error = NULL, rendered_revision = $2, rendered_at = now(),"
        " storage_key = $3, poster_key = $4, preview_key = $5, duration_seconds = $6, width = $7, height = $8,"
        " size_bytes = $9, way = $10, warnings = $11, sha256 = $12, basis = $13 WHERE id = $1",
        clip_id,
        revision,
        made.video_key,
        made.poster_key,
        made.preview_key,
        made.duration_seconds,
        made.width,
        made.height,
        made.size_bytes,
        made.way,
        msgspec.json.encode(made.warnings).decode(),
        made.sha256 or None,
        None if made.basis is None else msgspec.json.encode(made.basis).decode(),
    )


async def note_failure(clip_id: UUID, problem: JobError) -> None:
    """Say on the clip why its rendering failed; a clip that has a file keeps it."""
    await db.execute(
        "UPDATE clips SET status = CASE WHEN storage_key IS NULL THEN 'failed' ELSE 'ready' END, error = $2"
        " WHERE id = $1",
        clip_id,
        msgspec.json.encode(problem).decode(),
    )


async def has_others(stage_id: UUID) -> bool:
    """Return whether the job of a failed rendering has, or may yet have, a clip; False for every other stage."""
    row = await db.fetch_one(
        "SELECT 1 FROM stages s JOIN stages o ON o.job_id = s.job_id AND o.clip_id IS NOT NULL"
        " JOIN clips c ON c.id = o.clip_id AND c.deleted_at IS NULL"
        " WHERE s.id = $1 AND s.clip_id IS NOT NULL"
        " AND (c.storage_key IS NOT NULL OR o.status IN ('waiting', 'queued', 'running')) LIMIT 1",
        stage_id,
    )
    return row is not None


async def are_delivered(job_id: UUID) -> bool:
    """Return whether the job has its transcript and a clip: all that is left to do is making clips anew."""
    row = await db.fetch_one(
        "SELECT 1 FROM stages s JOIN clips c ON c.job_id = s.job_id AND c.deleted_at IS NULL"
        " WHERE s.job_id = $1 AND s.name = 'deliver' AND s.status = 'completed' AND c.storage_key IS NOT NULL LIMIT 1",
        job_id,
    )
    return row is not None


async def stop(job_id: UUID, why: JobError) -> None:
    """Let the clips of a run that is over be what they were: those with a file are ready, the others failed."""
    await db.execute(
        "UPDATE clips SET status = CASE WHEN storage_key IS NULL THEN 'failed' ELSE 'ready' END,"
        " error = CASE WHEN storage_key IS NULL THEN $2::jsonb ELSE error END"
        " WHERE job_id = $1 AND status IN ('pending', 'rendering')",
        job_id,
        msgspec.json.encode(why).decode(),
    )


async def forget_choice(job_id: UUID) -> None:
    """Where clips are to be chosen anew: drop those that were never made; the others stay beside the new ones.

    Those that were changed since their file was made are rendered in this run too. A job that was never completed, and
    whose clips were all deleted, chooses anew: it must not end with nothing.
    """
    await db.execute(_CHOOSE_AGAIN, job_id)
    choosing = "SELECT 1 FROM stages WHERE job_id = $1 AND name = 'select' AND status = 'waiting'"
    if await db.fetch_one(choosing, job_id) is not None:
        await db.execute(
            "UPDATE clips SET deleted_at = now() WHERE job_id = $1 AND storage_key IS NULL AND deleted_at IS NULL",
            job_id,
        )
        await db.execute(_KEEP, job_id)
    await db.execute(_WAIT_AGAIN, job_id)


_CHOOSE_AGAIN = """
UPDATE stages SET status = 'waiting', attempts = 0, progress = 0, result = NULL, error = NULL, finished_at = NULL
WHERE job_id = $1 AND name = 'select' AND status = 'completed'
    AND NOT EXISTS (SELECT 1 FROM clips WHERE job_id = $1 AND deleted_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM credit_entries WHERE job_id = $1 AND kind = 'capture')
"""

_KEEP = """
UPDATE stages SET status = 'skipped' WHERE job_id = $1 AND clip_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM clips c WHERE c.id = clip_id AND c.deleted_at IS NULL AND c.rendered_revision < c.revision)
"""

_WAIT_AGAIN = """
UPDATE clips SET status = 'pending', error = NULL FROM stages s
WHERE clips.job_id = $1 AND s.job_id = $1 AND s.clip_id = clips.id AND s.status = 'waiting'
"""
