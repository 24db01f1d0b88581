"""What the letters that a filter finds look like together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from ... import db
from . import reading
from .filters import STATES, Filter, Values
from .reading import Letters

_HOURS = 24


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How many have this value."""

    name: str
    count: int


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """How many failed in the hour that begins at ``start``."""

    start: datetime
    count: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """How many letters the filter finds (open ones, unless it asks for others), and since when; the largest shares
    come first.

    ``arrivals``: the last 24 hours, the latest last; what was resolved since counts too.
    """

    count: int
    oldest_at: datetime | None
    oldest_seconds: float
    arrivals: list[Hour]
    by_kind: list[Share]
    by_stage: list[Share]
    by_engine: list[Share]
    by_code: list[Share]
    at: datetime


async def totals(chosen: Filter) -> Totals:
    """Return how the letters that the filter finds are distributed."""
    now = datetime.now(UTC)
    async with reading.snapshot(chosen) as letters:
        cells = await _cells(letters)
        arrivals = await _arrivals(letters.besides(status="all", since=None, until=None), now)
    oldest = min((row["oldest_at"] for row in cells), default=None)
    return Totals(
        count=sum(row["count"] for row in cells),
        oldest_at=oldest,
        oldest_seconds=(now - oldest).total_seconds() if oldest else 0.0,
        arrivals=arrivals,
        by_kind=_shares(cells, "kind"),
        by_stage=_shares(cells, "stage"),
        by_engine=_shares(cells, "engine"),
        by_code=_shares(cells, "error_code"),
        at=now,
    )


async def _cells(letters: Letters) -> Sequence[db.Row]:
    # Once over the letters; there are few cells, which are then added up four ways.
    values = Values()
    return await db.fetch(_CELLS.format(letters=letters.sql(values)), *values)


_CELLS = """
SELECT d.kind, d.stage_name AS stage, d.engine, d.error_code, count(*) AS count, min(d.created_at) AS oldest_at
{letters} GROUP BY d.kind, d.stage_name, d.engine, d.error_code
"""


async def _arrivals(letters: Letters, now: datetime) -> list[Hour]:
    start = now - timedelta(hours=_HOURS)
    values = Values()
    since, until, states = values.mark(start), values.mark(now), values.mark(list(STATES))
    sql = _ARRIVALS.format(letters=letters.sql(values), since=since, until=until, states=states)
    rows = await db.fetch(sql, *values)
    counts = {row["hour"]: row["count"] for row in rows}
    return [Hour(start=start + timedelta(hours=hour), count=counts.get(hour, 0)) for hour in range(_HOURS)]


_ARRIVALS = """
SELECT floor(extract(epoch FROM d.created_at - {since}) / 3600)::int AS hour, count(*) AS count
{letters} AND d.status = ANY({states}) AND d.created_at >= {since} AND d.created_at < {until} GROUP BY 1
"""


def _shares(cells: Sequence[db.Row], name: str) -> list[Share]:
    counter: Counter[str] = Counter()
    for row in cells:
        counter[row[name]] += row["count"]
    return [Share(name=value, count=count) for value, count in counter.most_common()]
