"""Where nothing is heard in a job's recording: what cuts may fall into."""

from __future__ import annotations

from uuid import UUID

import msgspec

from ... import db
from ...domain.timeline import Span


class _Heard(msgspec.Struct):
    pauses: tuple[tuple[float, float], ...] = ()


async def of(job_id: UUID) -> tuple[Span, ...]:
    """Return the pauses that ``silence`` found, sorted; none for a job of an older version."""
    row = await db.fetch_one("SELECT result FROM stages WHERE job_id = $1 AND name = 'silence'", job_id)
    if row is None or row["result"] is None:
        return ()
    return tuple(Span(start, end) for start, end in msgspec.json.decode(row["result"], type=_Heard).pauses)
