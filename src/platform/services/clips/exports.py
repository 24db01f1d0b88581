"""Clips for other programs: cut lists for video editors, chapters for YouTube."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec

from ... import db
from ...domain import youtube_chapters
from ...domain.clips import Chapter
from ...domain.exports import Export
from ...domain.timeline import Span
from ...errors import Conflict, NotFound
from ...media import edit_lists
from ...media.edit_lists import EditClip, Recording
from ...media.info import MediaInfo

FormatName = Literal["fcpxml", "edl", "otio", "youtube"]


class File(msgspec.Struct, frozen=True, kw_only=True):
    """An export and the name it is offered under."""

    made: Export
    filename: str


async def export(user_id: UUID, job_id: UUID, format_name: FormatName) -> File:
    """Return the job's clips as a cut list, or the chapters of its whole recording for YouTube.

    Raises:
        NotFound: there is no such job of this user.
        Conflict: it has no clips yet.
        UnsupportedOption: the format cannot hold them.
    """
    job = await _job(user_id, job_id)
    clips = await _clips(job_id, job["status"])
    stem = job["filename"].rsplit(".", 1)[0] or "recording"
    if format_name == "youtube":
        chapters = await _contents(job_id) or [Chapter(start=_first(clip), title=clip.title) for clip in clips]
        text = youtube_chapters.listed(chapters, duration=job["duration_seconds"])
        return File(made=_text(text), filename=f"{stem} - chapters.txt")
    made = await asyncio.to_thread(edit_lists.timeline, clips, _recording(job), format_name)
    return File(made=made, filename=f"{stem} - clips{made.suffix}")


async def reel_chapters(user_id: UUID, clip_id: UUID) -> File:
    """Return the chapters of a reel for YouTube, one for each clip in it.

    Raises:
        NotFound: there is no such reel of this user.
        UnsupportedOption: it has fewer than three chapters of ten seconds.
    """
    reel = await db.fetch_one(
        "SELECT c.title, c.chapters, c.duration_seconds FROM clips c JOIN jobs j ON j.id = c.job_id"
        " WHERE c.id = $1 AND j.user_id = $2 AND c.kind = 'reel' AND c.deleted_at IS NULL",
        clip_id,
        user_id,
    )
    if reel is None:
        raise NotFound("There is no such reel")
    chapters = msgspec.json.decode(reel["chapters"], type=list[Chapter])
    text = youtube_chapters.listed(chapters, duration=reel["duration_seconds"])
    return File(made=_text(text), filename=f"{reel['title']} - chapters.txt")


async def _job(user_id: UUID, job_id: UUID) -> db.Row:
    row = await db.fetch_one(
        "SELECT j.status, m.filename, m.duration_seconds, m.probe FROM jobs j JOIN media m ON m.id = j.media_id"
        " WHERE j.id = $1 AND j.user_id = $2",
        job_id,
        user_id,
    )
    if row is None:
        raise NotFound("There is no such job")
    return row


async def _clips(job_id: UUID, status: str) -> Sequence[EditClip]:
    rows = await db.fetch(
        "SELECT title, reason, spans FROM clips WHERE job_id = $1 AND kind = 'clip' AND deleted_at IS NULL"
        " ORDER BY position",
        job_id,
    )
    if not rows:
        over = status in ("completed", "failed", "cancelled")
        hint = "Make a job of the kind 'clips'." if over else "Wait until the job has chosen them."
        raise Conflict(f"There are no clips{'' if over else ' yet'}: the job is {status}.", hint=hint)
    return [_clip(row) for row in rows]


def _clip(row: db.Row) -> EditClip:
    spans = msgspec.json.decode(row["spans"], type=tuple[Span, ...])
    return EditClip(title=row["title"], reason=row["reason"], spans=spans)


def _first(clip: EditClip) -> float:
    return min((span.start for span in clip.spans), default=0.0)


async def _contents(job_id: UUID) -> Sequence[Chapter]:
    """Return what the analysis found, which is more of the recording than the clips are."""
    rows = await db.fetch(
        "SELECT start_seconds AS start, title FROM content_segments WHERE job_id = $1 ORDER BY start_seconds", job_id
    )
    return [Chapter(**dict(row)) for row in rows]


def _recording(job: db.Row) -> Recording:
    length, name = job["duration_seconds"] or 0.0, job["filename"]
    if job["probe"] == "{}":  # a row that is older than what is kept of a look into the file
        return Recording(name=name, duration=length)
    info = msgspec.json.decode(job["probe"], type=MediaInfo)
    if info.video is None:
        return Recording(name=name, duration=length)
    width, height = info.video.display_size
    return Recording(
        name=name, duration=length, fps=info.video.fps, width=width, height=height, has_audio=info.has_audio
    )


def _text(content: str) -> Export:
    return Export(content=f"{content}\n".encode(), content_type="text/plain; charset=utf-8", suffix=".txt")
