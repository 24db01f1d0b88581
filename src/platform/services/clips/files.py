"""A clip's files on their way out: the video, its pictures, its subtitles."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec

from ... import db, storage
from ...domain import ass, exports, frames, retiming
from ...domain.rendering import RenderOrder
from ...domain.transcript import Transcript
from ...errors import Conflict
from ...media.info import MediaInfo
from .. import transcripts
from ..files import Download
from . import orders, views

Part = Literal["content", "poster", "preview"]
SubtitleFormat = Literal["srt", "vtt", "ass"]

_LINK_LIFETIME = timedelta(hours=1)
_PARTS: dict[Part, tuple[str, str, str]] = {
    "content": ("storage_key", ".mp4", "video/mp4"),
    "poster": ("poster_key", ".jpg", "image/jpeg"),
    "preview": ("preview_key", ".webp", "image/webp"),
}
_ASS_TYPE = "text/x-ssa; charset=utf-8"
# Where there is no file yet whose size counts.
_USUAL_SIZE = (1280, 720)


async def download(user_id: UUID, clip_id: UUID, part: Part) -> Download:
    """Return where a file of the clip is: the newest there is.

    Raises:
        NotFound: there is no such clip of the user.
        Conflict: it has no file yet.
    """
    found = await views.row(user_id, clip_id)
    column, suffix, kind = _PARTS[part]
    key = found[column]
    if key is None:
        raise Conflict(f"This clip has no file yet: it is {found['status']}.", hint="Wait until it is ready.")
    name = file_name(found["title"]) + suffix
    where = storage.current()
    link = where.signed_url(key, expires=_LINK_LIFETIME, filename=name, content_type=kind) if where.direct else None
    size = 0 if link else await where.size(key)
    return Download(key=key, filename=name, content_type=kind, size=size, etag=key.rpartition("/")[2], redirect=link)


async def subtitles(user_id: UUID, clip_id: UUID, form: SubtitleFormat) -> exports.Export:
    """Return the clip's subtitles as a file; errors as ``download``, Conflict where there is no text yet."""
    found = await views.row(user_id, clip_id)
    text = await text_of(user_id, found)
    if form != "ass":
        return await asyncio.to_thread(exports.render, text, form, title=found["title"])
    size = (found["width"] or _USUAL_SIZE[0], found["height"] or _USUAL_SIZE[1])
    script = await asyncio.to_thread(ass.written, text, style=found["style"], size=size, language=text.language)
    return exports.Export(content=script.encode(), content_type=_ASS_TYPE, suffix=".ass")


async def text_of(user_id: UUID, found: db.Row) -> Transcript:
    """Return what is said in a clip, on the clock of its file: its spans lie on the grid of its frames."""
    whole = await transcripts.get(user_id, found["job_id"])
    asked = orders.of_row(found)
    fps = await _fps(found["media_id"])
    return await asyncio.to_thread(_on_the_grid, orders.order(asked, whole, ()), fps)


def _on_the_grid(order: RenderOrder, fps: float | None) -> Transcript:
    return retiming.retimed(order, frames.grid(order.spans, fps)).transcript


async def _fps(media_id: UUID) -> float | None:
    row = await db.fetch_one("SELECT probe FROM media WHERE id = $1", media_id)
    if row is None or row["probe"] == "{}":  # a row that is older than what is kept of a look into the file
        return None
    info = msgspec.json.decode(row["probe"], type=MediaInfo)
    return info.video.fps if info.video else None


def file_name(title: str) -> str:
    """Return the title as the name of a file, without its suffix.

    >>> file_name("What is 1/2?")
    'What is 1-2'
    """
    kept = "".join("-" if sign in '/\\:*"<>|' else sign for sign in title if sign.isprintable() and sign != "?")
    return kept.strip(" .-")[:100].strip() or "clip"
