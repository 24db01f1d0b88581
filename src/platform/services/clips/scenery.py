"""What is seen in a recording, looked at once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from ... import db
from ...domain import timeline
from ...domain.framing import Rect, Scene
from ...domain.timeline import Span


async def of(media_id: UUID, spans: Sequence[Span]) -> tuple[Scene, ...]:
    """Return the scenes that share a moment with the spans, sorted."""
    rows = await db.fetch(
        "SELECT * FROM scenes WHERE media_id = $1 AND EXISTS (SELECT 1 FROM unnest($2::float8[], $3::float8[])"
        " AS t (a, b) WHERE start_seconds < t.b AND end_seconds > t.a) ORDER BY start_seconds",
        media_id,
        [span.start for span in spans],
        [span.end for span in spans],
    )
    return tuple(_scene(row) for row in rows)


def unseen(spans: Sequence[Span], scenes: Sequence[Scene]) -> tuple[Span, ...]:
    """Return where nobody has looked yet, leaving out slivers of less than a tenth of a second."""
    left = timeline.subtract(spans, (Span(scene.start, scene.end) for scene in scenes))
    return tuple(span for span in left if span.length >= 0.1)


async def store(media_id: UUID, scenes: Sequence[Scene]) -> None:
    """Keep what was seen; what another worker has seen meanwhile at the same moment stays."""
    for scene in scenes:
        await db.execute(
            "INSERT INTO scenes (media_id, start_seconds, end_seconds, kind, width, height, face, screen, moving)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
            media_id,
            scene.start,
            scene.end,
            scene.kind,
            scene.width,
            scene.height,
            _written(scene.face),
            _written(scene.screen),
            _written(scene.moving),
        )


def _written(rect: Rect | None) -> str | None:
    return None if rect is None else msgspec.json.encode(rect).decode()


def _scene(row: db.Row) -> Scene:
    face, screen, moving = (None if row[name] is None else msgspec.json.decode(row[name], type=Rect) for name in _RECTS)
    return Scene(
        start=row["start_seconds"],
        end=row["end_seconds"],
        kind=row["kind"],
        width=row["width"],
        height=row["height"],
        face=face,
        screen=screen,
        moving=moving,
    )


_RECTS = ("face", "screen", "moving")
