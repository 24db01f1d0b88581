"""Clips as their owners see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from ... import db
from ...domain import wording
from ...domain.clips import Aspect, Chapter, ClipWord, Layout, Removed, Style
from ...domain.timeline import Span
from ...errors import NotFound
from ...settings import current
from ..job_views import JobError


class ChangeNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What a change found nothing to do for; ``message`` is for people."""

    code: Literal["unchanged", "no_pauses", "no_fillers"]
    message: str


class ClipView(msgspec.Struct, frozen=True, kw_only=True):
    """A clip as the API shows it.

    ``kind``: ``clip`` or ``reel``. ``status``: ``pending``, ``rendering``, ``ready`` or ``failed``. ``spans`` of the
    recording in the order of play, ``removed`` what was left out between them; ``start`` and ``end`` around all spans,
    in seconds. ``subtitles``: burned in (a track that can be switched on is always there). ``url``, ``poster_url``,
    ``preview_url``: the newest file there is, None before the first; ``is_stale``: it is older than the last change.
    ``revision`` counts the changes. ``notices``: only in the answer to a change, what it found nothing to do for.
    """

    id: UUID
    job_id: UUID
    kind: str
    title: str
    reason: str
    quote: str
    score: float
    topics: list[str]
    spans: tuple[Span, ...]
    removed: tuple[Removed, ...]
    start: float
    end: float
    duration: float
    status: str
    subtitles: bool
    style: Style
    aspect: Aspect
    layout: Layout
    words: tuple[ClipWord, ...] | None
    chapters: tuple[Chapter, ...]
    width: int | None
    height: int | None
    size: int | None
    url: str | None
    poster_url: str | None
    preview_url: str | None
    revision: int
    is_stale: bool
    warnings: list[str]
    error: JobError | None
    created_at: datetime
    rendered_at: datetime | None
    notices: tuple[ChangeNotice, ...] = ()

    @property
    def is_quoted(self) -> bool:
        """Whether there is a quote that the subtitles still say, whatever words a person corrected."""
        if self.words is None or not self.quote:
            return bool(self.quote)
        return wording.letters(self.quote) in wording.letters("".join(word.text for word in self.words))


class ClipPage(msgspec.Struct, frozen=True, kw_only=True):
    """All clips of a job in the order of the recording, reels last; there are few."""

    items: list[ClipView]
    next_cursor: str | None = None


COLUMNS = (
    "c.id, c.job_id, c.kind, c.title, c.reason, c.quote, c.score, c.topics, c.spans, c.removed, c.duration_seconds,"
    " c.status, c.subtitles, c.style, c.aspect, c.layout, c.words, c.chapters, c.width, c.height, c.size_bytes,"
    " c.storage_key, c.poster_key, c.preview_key, c.revision, c.rendered_revision, c.warnings, c.error, c.created_at,"
    " c.rendered_at"
)


async def get(user_id: UUID, clip_id: UUID) -> ClipView:
    """Return one clip of the user.

    Raises:
        NotFound: there is none with this id.
    """
    return of_row(await row(user_id, clip_id))


async def in_job(user_id: UUID, job_id: UUID, clip_id: UUID) -> ClipView:
    """Return one clip of that job; errors as ``get``."""
    clip = await get(user_id, clip_id)
    if clip.job_id != job_id:
        raise NotFound("There is no such clip")
    return clip


async def of_job(user_id: UUID, job_id: UUID) -> ClipPage:
    """Return the clips of a job, those that are not made yet as well.

    Raises:
        NotFound: there is no such job of the user.
    """
    if await db.fetch_one("SELECT 1 FROM jobs WHERE id = $1 AND user_id = $2", job_id, user_id) is None:
        raise NotFound("There is no such job")
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM clips c WHERE c.job_id = $1 AND c.deleted_at IS NULL"  # noqa: S608 - constant
        " ORDER BY c.kind, (c.spans->0->>'start')::float8, c.position",
        job_id,
    )
    return ClipPage(items=[of_row(each) for each in rows])


async def row(user_id: UUID, clip_id: UUID, *, lock: str = "") -> db.Row:
    """Return the clip's row with ``COLUMNS`` and its job's facts; errors as ``get``."""
    found = await db.fetch_one(
        f"SELECT {COLUMNS}, j.media_id, j.language, j.user_id FROM clips c JOIN jobs j ON j.id = c.job_id"  # noqa: S608
        f" WHERE c.id = $1 AND j.user_id = $2 AND c.deleted_at IS NULL {lock}",
        clip_id,
        user_id,
    )
    if found is None:
        raise NotFound("There is no such clip")
    return found


def of_row(found: db.Row) -> ClipView:
    """Return the view of a row that was selected with ``COLUMNS``."""
    spans = msgspec.json.decode(found["spans"], type=tuple[Span, ...])
    plain = ("id", "job_id", "kind", "title", "reason", "quote", "score", "topics", "status", "subtitles", "style")
    values: dict[str, Any] = {name: found[name] for name in (*plain, "aspect", "layout", "width", "height", "revision")}
    return ClipView(
        **values,
        spans=spans,
        removed=msgspec.json.decode(found["removed"], type=tuple[Removed, ...]),
        start=min(span.start for span in spans),
        end=max(span.end for span in spans),
        duration=round(found["duration_seconds"], 3),
        words=None if found["words"] is None else msgspec.json.decode(found["words"], type=tuple[ClipWord, ...]),
        chapters=msgspec.json.decode(found["chapters"], type=tuple[Chapter, ...]),
        size=found["size_bytes"],
        url=_url(found, "storage_key", "content"),
        poster_url=_url(found, "poster_key", "poster"),
        preview_url=_url(found, "preview_key", "preview"),
        is_stale=found["rendered_revision"] != found["revision"],
        warnings=msgspec.json.decode(found["warnings"], type=list[str]),
        error=None if found["error"] is None else msgspec.json.decode(found["error"], type=JobError),
        created_at=found["created_at"],
        rendered_at=found["rendered_at"],
    )


def _url(found: db.Row, key: str, name: str) -> str | None:
    return f"{current().public_url.rstrip('/')}/api/v1/clips/{found['id']}/{name}" if found[key] else None
