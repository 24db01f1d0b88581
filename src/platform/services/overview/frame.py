"""What every admin page shows around its own content."""

from __future__ import annotations

import msgspec

from ... import db
from .. import alerts
from ..alerts import Alert


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """``dead`` open dead letters wait for a person; ``stopped`` queues and engines take no work."""

    dead: int
    stopped: list[str]
    alerts: list[Alert]


async def current() -> Frame:
    """Return how things stand now."""
    row = await db.fetch_one(
        "SELECT (SELECT count(*) FROM dead_letters WHERE status = 'open') AS dead,"
        " ARRAY(SELECT name FROM queue_controls ORDER BY name) AS stopped"
    )
    assert row is not None, "a select without a table has one row"  # noqa: S101 - invariant
    return Frame(dead=row["dead"], stopped=list(row["stopped"]), alerts=await alerts.current())
