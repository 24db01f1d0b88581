"""How bulk actions go: counts, speed, what was skipped and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ... import db
from ...domain import pagination
from ...errors import NotFound

# What the result says by itself; ``items`` has all.
_SHOWN = 20
# The speed is that of the last seconds, so that a pause does not make it slow for ever.
_RECENT_SECONDS = 10


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One dead letter of an action; ``outcome`` says why it was skipped."""

    position: int
    letter_id: UUID
    job_id: UUID
    filename: str
    status: str
    outcome: str
    done_at: datetime | None


class ItemPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of items, in their order."""

    items: list[Item]
    next_cursor: str | None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """An action in a list; ``total`` = ``done`` + ``skipped`` + ``pending``, ``by`` is an e-mail."""

    id: UUID
    action: str
    status: str
    total: int
    done: int
    skipped: int
    pending: int
    rate_per_second: float | None
    by: str | None
    reason: str
    created_at: datetime
    finished_at: datetime | None


class BulkView(Summary, frozen=True, kw_only=True):
    """An action in full.

    ``selection`` and ``options`` are as given; ``per_second`` is how fast it goes now, ``eta_seconds`` how long
    the rest takes at that speed (None while it does not move); ``skips`` are the first items that were skipped.
    """

    selection: msgspec.Raw
    options: msgspec.Raw
    per_second: float
    eta_seconds: float | None
    skips: list[Item]


class BulkPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of actions, newest first."""

    items: list[Summary]
    next_cursor: str | None


_SUMMARY = (
    "b.id, b.action, b.status, b.total, b.done, b.skipped, b.total - b.done - b.skipped AS pending,"
    " b.rate_per_second, u.email AS by, b.reason, b.created_at, b.finished_at"
)
_ITEM = (
    "i.position, d.id AS letter_id, d.job_id, m.filename, i.status, i.outcome, i.done_at FROM bulk_items i"
    " JOIN dead_letters d ON d.id = i.dead_letter_id JOIN jobs j ON j.id = d.job_id JOIN media m ON m.id = j.media_id"
)


async def get(bulk_id: UUID) -> BulkView:
    """Return an action as it stands.

    Raises:
        NotFound: there is none with this id.
    """
    row = await db.fetch_one(
        f"SELECT {_SUMMARY}, b.filter AS selection, b.options, (SELECT count(*) FROM bulk_items i"  # noqa: S608 - constant
        " WHERE i.bulk_id = b.id AND i.done_at > now() - make_interval(secs => $2)) AS lately"
        " FROM bulk_actions b LEFT JOIN users u ON u.id = b.created_by WHERE b.id = $1",
        bulk_id,
        float(_RECENT_SECONDS),
    )
    if row is None:
        raise NotFound("There is no such bulk action")
    values: dict[str, Any] = dict(row)
    lately = values.pop("lately")
    running = row["status"] == "running"
    per_second = lately / _RECENT_SECONDS if running else 0.0
    values |= {name: msgspec.Raw(values[name].encode()) for name in ("selection", "options")}
    return BulkView(
        **values,
        per_second=per_second,
        eta_seconds=_eta(row["pending"], row["rate_per_second"] or per_second) if running else None,
        skips=await _items(bulk_id, status="skipped", after=0, limit=_SHOWN),
    )


def _eta(pending: int, per_second: float) -> float | None:
    return round(pending / per_second, 1) if per_second else None


async def items(bulk_id: UUID, *, limit: int, cursor: str | None = None, status: str | None = None) -> ItemPage:
    """Return one page of an action's items, in their order; ``status`` is pending, done or skipped.

    Raises:
        NotFound: there is no such action.
        BadInput: the cursor is not one of ours.
    """
    if not await db.fetch_one("SELECT 1 FROM bulk_actions WHERE id = $1", bulk_id):
        raise NotFound("There is no such bulk action")
    after = pagination.decode_number(cursor) if cursor else 0
    found = await _items(bulk_id, status=status, after=after, limit=limit + 1)
    more = len(found) > limit
    shown = found[:limit]
    return ItemPage(items=shown, next_cursor=pagination.encode_number(shown[-1].position) if more else None)


async def _items(bulk_id: UUID, *, status: str | None, after: int, limit: int) -> list[Item]:
    rows: Sequence[db.Row] = await db.fetch(
        f"SELECT {_ITEM} WHERE i.bulk_id = $1 AND i.position > $2 AND ($3::text IS NULL OR i.status = $3)"
        " ORDER BY i.position LIMIT $4",
        bulk_id,
        after,
        status,
        limit,
    )
    return [Item(**dict(row)) for row in rows]


async def list_page(*, limit: int, cursor: str | None = None) -> BulkPage:
    """Return one page of all actions, newest first.

    Raises:
        BadInput: the cursor is not one of ours.
    """
    before = pagination.decode_position(cursor) if cursor else None
    rows = await db.fetch(
        f"SELECT {_SUMMARY} FROM bulk_actions b LEFT JOIN users u ON u.id = b.created_by"  # noqa: S608 - constant
        " WHERE $1::timestamptz IS NULL OR (b.created_at, b.id) < ($1, $2)"
        " ORDER BY b.created_at DESC, b.id DESC LIMIT $3",
        before.created_at if before else None,
        before.id if before else None,
        limit + 1,
    )
    shown = [Summary(**dict(row)) for row in rows[:limit]]
    last = shown[-1] if len(rows) > limit else None
    return BulkPage(items=shown, next_cursor=pagination.encode_position(last.created_at, last.id) if last else None)
