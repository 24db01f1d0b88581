"""All that a worker must know to render one clip."""

from __future__ import annotations

from uuid import UUID

import msgspec

from ... import db
from ...domain import clip_text
from ...domain.clips import Aspect, Chapter, ClipWord, Layout, Style
from ...domain.framing import Scene
from ...domain.rendering import RenderOrder
from ...domain.timeline import Span
from ...domain.transcript import Transcript
from ...errors import LostLease


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A clip as it is to be made; ``revision`` says which of its changes are in it."""

    clip_id: UUID
    revision: int
    title: str
    spans: tuple[Span, ...]
    aspect: Aspect
    layout: Layout
    burned: bool
    style: Style
    words: tuple[ClipWord, ...] | None
    chapters: tuple[Chapter, ...]

    @property
    def is_framed(self) -> bool:
        """Whether what is seen in the recording decides what the clip shows of it."""
        return self.aspect != "source" or self.layout not in ("auto", "whole")


async def of(clip_id: UUID) -> Asked:
    """Return what is asked of a clip.

    Raises:
        LostLease: the clip was deleted meanwhile; there is nothing to do.
    """
    row = await db.fetch_one("SELECT * FROM clips WHERE id = $1 AND deleted_at IS NULL", clip_id)
    if row is None:
        raise LostLease
    return of_row(row)


def of_row(row: db.Row) -> Asked:
    """Return what is asked of the clip in a row of ``clips``."""
    return Asked(
        clip_id=row["id"],
        revision=row["revision"],
        title=row["title"],
        spans=msgspec.json.decode(row["spans"], type=tuple[Span, ...]),
        aspect=row["aspect"],
        layout=row["layout"],
        burned=row["subtitles"],
        style=row["style"],
        words=None if row["words"] is None else msgspec.json.decode(row["words"], type=tuple[ClipWord, ...]),
        chapters=msgspec.json.decode(row["chapters"], type=tuple[Chapter, ...]),
    )


def order(asked: Asked, text: Transcript, scenes: tuple[Scene, ...]) -> RenderOrder:
    """Return the order for the renderer; ``text`` is that of the whole recording."""
    return RenderOrder(
        title=asked.title,
        spans=asked.spans,
        transcript=clip_text.cut(text, asked.spans, asked.words),
        aspect=asked.aspect,
        layout=asked.layout,
        burned=asked.burned,
        style=asked.style,
        chapters=asked.chapters,
        scenes=scenes,
    )
