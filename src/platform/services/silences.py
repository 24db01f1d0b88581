"""The silent stretches of recordings."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from .. import db
from ..domain.timeline import Span


async def of(media_id: UUID) -> list[Span]:
    """Return the silences of a recording, in order."""
    rows = await db.fetch(
        "SELECT start_seconds, end_seconds FROM silence_regions WHERE media_id = $1 ORDER BY start_seconds", media_id
    )
    return [Span(row["start_seconds"], row["end_seconds"]) for row in rows]


async def store(media_id: UUID, spans: Sequence[Span]) -> None:
    """Keep the silences of a recording; those it had before are replaced."""
    async with db.transaction():
        await db.execute("DELETE FROM silence_regions WHERE media_id = $1", media_id)
        await db.execute(
            "INSERT INTO silence_regions (media_id, start_seconds, end_seconds)"
            " SELECT $1, * FROM unnest($2::float8[], $3::float8[]) ON CONFLICT DO NOTHING",
            media_id,
            [span.start for span in spans],
            [span.end for span in spans],
        )
