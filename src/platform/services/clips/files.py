"""A clip's files on their way out: the video, its pictures, its subtitles."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec

from ... import db, storage
from ...domain import ass, clip_text, exports
from ...domain.clips import ClipWord
from ...domain.timeline import Span
from ...domain.transcript import Transcript
from ...errors import Conflict
from .. import transcripts
from ..files import Download
from . import views

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
    """Return what is said in a clip, on its own timeline."""
    whole = await transcripts.get(user_id, found["job_id"])
    spans = msgspec.json.decode(found["spans"], type=tuple[Span, ...])
    words = None if found["words"] is None else msgspec.json.decode(found["words"], type=tuple[ClipWord, ...])
    return await asyncio.to_thread(clip_text.cut, whole, spans, words)


def file_name(title: str) -> str:
    """Return the title as the name of a file, without its suffix.

    >>> file_name("What is 1/2?")
    'What is 1-2'
    """
    kept = "".join("-" if sign in '/\\:*"<>|' else sign for sign in title if sign.isprintable() and sign != "?")
    return kept.strip(" .-")[:100].strip() or "clip"
