"""Failures of one cause, counted together."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from ... import db
from ...errors import BadInput
from . import reading
from .filters import Filter, Values
from .reading import Letters

GroupSort = Literal["count", "last_seen"]


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """The newest letter of a group."""

    id: UUID
    message: str
    hint: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """All letters of one fingerprint that the filter finds; ``users``: how many people they belong to."""

    fingerprint: str
    count: int
    users: int
    first_seen: datetime
    last_seen: datetime
    stage: str
    error_code: str
    error_class: str
    sample: Sample
    is_muted: bool
    muted_at: datetime | None
    muted_by: str | None
    note: str


class GroupPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of groups. ``total``: how many groups there are."""

    items: list[Group]
    total: int
    next_cursor: str | None


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """The last group of a page; counts grow while letters arrive, so a group may come twice, but none is lost."""

    sort: GroupSort
    count: int
    last_seen: datetime
    fingerprint: str


_SORTS: dict[GroupSort, tuple[str, ...]] = {
    "count": ("count", "last_seen", "fingerprint"),
    "last_seen": ("last_seen", "count", "fingerprint"),
}


async def groups(chosen: Filter, *, sort: GroupSort = "count", limit: int = 50, cursor: str | None = None) -> GroupPage:
    """Return one page of the groups, the largest or the latest first.

    Raises:
        BadInput: the cursor is not one of ours, or of another sort.
    """
    place = _decode(cursor, sort) if cursor else None
    async with reading.snapshot(chosen) as letters:
        rows = await _rows(letters, sort, place, limit + 1)
    shown = rows[:limit]
    more = len(rows) > limit
    return GroupPage(
        items=[_group(row) for row in shown],
        total=rows[0]["total"] if rows else 0,
        next_cursor=_encode(shown[-1], sort) if more else None,
    )


async def _rows(letters: Letters, sort: GroupSort, place: _Place | None, limit: int) -> Sequence[db.Row]:
    columns = _SORTS[sort]
    values = Values()
    letters_sql, where = letters.sql(values), letters.rest.where(values)
    beyond = "true"
    if place:
        beyond = f"({', '.join(columns)}) < ({', '.join(values.mark(getattr(place, name)) for name in columns)})"
    sql = _GROUPS.format(
        letters=letters_sql,
        where=where,
        beyond=beyond,
        order=", ".join(f"{name} DESC" for name in columns),
        page_order=", ".join(f"page.{name} DESC" for name in columns),
        limit=values.mark(limit),
    )
    return await db.fetch(sql, *values)


# By user first: so that every letter is looked at once, and nothing is sorted to count the users.
_GROUPS = """
WITH by_user AS MATERIALIZED (
    SELECT d.fingerprint, d.user_id, count(*) AS count, min(d.created_at) AS first_seen, max(d.created_at) AS last_seen
    {letters} GROUP BY d.fingerprint, d.user_id
), found AS MATERIALIZED (
    SELECT fingerprint, sum(count)::bigint AS count, count(*) AS users, min(first_seen) AS first_seen,
        max(last_seen) AS last_seen
    FROM by_user GROUP BY fingerprint
)
SELECT page.*, (SELECT count(*) FROM found) AS total, d.id AS sample_id, left(d.message, 1000) AS message, d.hint,
    d.stage_name AS stage, d.error_code, d.error_class, g.muted_at, coalesce(g.note, '') AS note, u.email AS muted_by
FROM (SELECT * FROM found WHERE {beyond} ORDER BY {order} LIMIT {limit}) page
CROSS JOIN LATERAL (
    SELECT * FROM dead_letters d WHERE d.fingerprint = page.fingerprint AND d.created_at = page.last_seen
        AND {where} LIMIT 1
) d
LEFT JOIN dead_letter_groups g ON g.fingerprint = page.fingerprint LEFT JOIN users u ON u.id = g.muted_by
ORDER BY {page_order}
"""


def _group(row: db.Row) -> Group:
    values: dict[str, Any] = {name: row[name] for name in Group.__struct_fields__ if name in row}
    sample = Sample(id=row["sample_id"], message=row["message"], hint=row["hint"])
    return Group(**values, sample=sample, is_muted=row["muted_at"] is not None)


def _encode(row: db.Row, sort: GroupSort) -> str:
    place = _Place(sort, row["count"], row["last_seen"], row["fingerprint"])
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _decode(cursor: str, sort: GroupSort) -> _Place:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(raw, type=_Place)
    except (ValueError, msgspec.MsgspecError) as exc:
        raise _bad() from exc
    if place.sort != sort:
        raise _bad()
    return place


def _bad() -> BadInput:
    return BadInput(
        "This cursor cannot be read.",
        hint="Take 'next_cursor' of the previous page unchanged, with the same sort; or leave it out.",
        field="cursor",
    )
