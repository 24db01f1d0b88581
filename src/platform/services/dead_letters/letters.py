"""One dead letter: how it stands, and the locks that whoever moves it takes first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ... import db
from ...errors import Conflict, NotFound

OPEN = frozenset({"open", "scheduled"})


class LetterState(msgspec.Struct, frozen=True, kw_only=True):
    """How a dead letter stands now; people are named by their e-mail.

    ``changes`` is what the requeue changed: ``{field: [old, new]}``.
    """

    id: UUID
    job_id: UUID
    run: int
    stage: str
    status: str
    due_at: datetime | None
    note: str
    assigned_to: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    resolved_by: str | None
    resolved_at: datetime | None
    reason: str
    changes: msgspec.Raw
    source_deleted: bool


_SELECT = """
SELECT d.id, d.job_id, d.run, d.stage_name AS stage, d.status, d.due_at, d.note, a.email AS assigned_to,
    v.email AS reviewed_by, d.reviewed_at, r.email AS resolved_by, d.resolved_at, d.reason, d.changes,
    d.source_deleted, d.user_id, d.plan
FROM dead_letters d LEFT JOIN users a ON a.id = d.assigned_to LEFT JOIN users v ON v.id = d.reviewed_by
    LEFT JOIN users r ON r.id = d.resolved_by
WHERE d.id = $1
"""
_INNER = ("user_id", "plan")


async def state(letter_id: UUID) -> LetterState:
    """Return how the letter stands.

    Raises:
        NotFound: there is none with this id.
    """
    row = await db.fetch_one(_SELECT, letter_id)
    if row is None:
        raise NotFound("There is no such dead letter")
    values: dict[str, Any] = {name: value for name, value in row.items() if name not in _INNER}
    return LetterState(**values | {"changes": msgspec.Raw(values["changes"].encode())})


async def lock(letter_id: UUID) -> db.Row:
    """Lock the letter's job, then the letter, until the transaction ends; returns the columns of ``LetterState``
    with ``user_id`` (the owner) and ``plan``.

    Raises:
        NotFound: there is none with this id.
    """
    await db.execute(
        "SELECT 1 FROM jobs j JOIN dead_letters d ON d.job_id = j.id WHERE d.id = $1 FOR UPDATE OF j", letter_id
    )
    row = await db.fetch_one(f"{_SELECT} FOR UPDATE OF d", letter_id)
    if row is None:
        raise NotFound("There is no such dead letter")
    return row


def refuse_unless_open(letter: db.Row) -> None:
    """Refuse what another person has decided already, and say who.

    Raises:
        Conflict: it was requeued or discarded.
    """
    if letter["status"] in OPEN:
        return
    raise Conflict(
        f"This was already {letter['status']} by {by(letter)}",
        hint="Restore it first." if letter["status"] == "discarded" else "The job runs again; follow it there.",
        letter_status=letter["status"],
        by=letter["resolved_by"],
    )


def by(letter: db.Row) -> str:
    """Return who resolved the letter, and when."""
    moment: datetime = letter["resolved_at"]
    return f"{letter['resolved_by'] or 'somebody'} at {moment:%H:%M} UTC on {moment:%Y-%m-%d}"
