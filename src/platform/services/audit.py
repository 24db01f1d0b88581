"""The audit log: who did what to what, and why; append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from .. import db
from ..domain import pagination
from .sessions import Identity


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit log. ``actor`` is an e-mail address, None for a user who is gone; ``before`` and
    ``after`` are what changed, as JSON."""

    id: int
    actor: str | None
    action: str
    subject_kind: str
    subject_id: str
    reason: str
    before: msgspec.Raw | None
    after: msgspec.Raw | None
    created_at: datetime


class EntryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the audit log, newest first."""

    items: list[Entry]
    next_cursor: str | None


class EntryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines; all conditions must hold, None asks nothing. ``actor`` is an e-mail address."""

    actor: str | None = None
    action: str | None = None
    subject_kind: str | None = None
    subject_id: str | None = None


async def note(
    who: Identity,
    action: str,
    *,
    subject_kind: str,
    subject_id: UUID | str = "",
    reason: str = "",
    before: object = None,
    after: object = None,
) -> None:
    """Append one line, in the transaction of the change itself; ``before`` and ``after`` become JSON."""
    await db.execute(
        "INSERT INTO audit_log (actor_id, action, subject_kind, subject_id, reason, before, after)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        who.user_id,
        action,
        subject_kind,
        str(subject_id),
        reason,
        _json(before),
        _json(after),
    )


async def list_page(wanted: EntryFilter, *, limit: int, cursor: str | None = None) -> EntryPage:
    """Return one page of the log, newest first.

    Raises:
        BadInput: the cursor is not one of ours.
    """
    before = pagination.decode_number(cursor) if cursor else None
    actor = wanted.actor.strip().lower() if wanted.actor else None
    values = (actor, wanted.action, wanted.subject_kind, wanted.subject_id, before, limit + 1)
    rows = await db.fetch(_PAGE, *values)
    items = [_entry(row) for row in rows[:limit]]
    more = len(rows) > limit
    return EntryPage(items=items, next_cursor=pagination.encode_number(items[-1].id) if more else None)


_PAGE = """
SELECT a.id, u.email AS actor, a.action, a.subject_kind, a.subject_id, a.reason, a.before, a.after, a.created_at
FROM audit_log a LEFT JOIN users u ON u.id = a.actor_id
WHERE ($1::text IS NULL OR a.actor_id = (SELECT id FROM users WHERE email = $1))
    AND ($2::text IS NULL OR a.action = $2) AND ($3::text IS NULL OR a.subject_kind = $3)
    AND ($4::text IS NULL OR a.subject_id = $4) AND ($5::bigint IS NULL OR a.id < $5)
ORDER BY a.id DESC LIMIT $6
"""


def _entry(row: db.Row) -> Entry:
    values: dict[str, Any] = dict(row)
    raw = {name: None if values[name] is None else msgspec.Raw(values[name].encode()) for name in ("before", "after")}
    return Entry(**values | raw)


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
