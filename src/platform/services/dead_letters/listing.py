"""The list of dead letters: pages in both directions, how many there are, what stands beside one."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from ... import db
from ...errors import NotFound
from . import pages, places, reading
from .filters import Filter, Values
from .places import ORDERS, Place, Sort
from .reading import Letters


class LetterRow(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter in the list; people are named by their e-mail.

    ``attempts``: of the failed stage in this run. ``message`` and ``note`` are cut after 1000 and 200 characters.
    ``due_at``: when a scheduled one is requeued. ``is_muted``: its group is.
    """

    id: UUID
    job_id: UUID
    user_id: UUID
    created_at: datetime
    run: int
    kind: str
    stage: str
    engine: str
    priority: str
    error_code: str
    error_class: str
    message: str
    hint: str
    fingerprint: str
    filename: str
    user_email: str
    worker: str
    attempts: int
    status: str
    reviewed_at: datetime | None
    assigned_to: str | None
    note: str
    due_at: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    reason: str
    is_muted: bool


class LetterPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of dead letters. ``total``: how many the filter finds, counted exactly; ``at``: when it was looked."""

    items: list[LetterRow]
    total: int
    next_cursor: str | None
    prev_cursor: str | None
    at: datetime


class Neighbours(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before and behind a letter in the list."""

    previous: UUID | None
    next: UUID | None


async def list_page(chosen: Filter, *, sort: Sort = "newest", limit: int = 50, cursor: str | None = None) -> LetterPage:
    """Return one page; letters that arrive meanwhile move none of those that were there.

    Raises:
        BadInput: the cursor is not one of ours.
    """
    place = places.of_cursor(cursor) if cursor else None
    async with reading.snapshot(chosen) as letters:
        found = await pages.read(letters, ORDERS[sort], place, limit + 1)
        total = await count(letters) if found.total is None else found.total
    shown, more = list(found.rows[:limit]), len(found.rows) > limit
    is_backward = place is not None and place.is_before
    if is_backward:
        shown.reverse()
    return LetterPage(
        items=[_row(row) for row in shown],
        total=total,
        next_cursor=_cursor(shown, place, -1) if more or is_backward else None,
        prev_cursor=_cursor(shown, place, 0) if place and (more or not is_backward) else None,
        at=datetime.now(UTC),
    )


async def after(chosen: Filter, last: LetterRow | None, *, limit: int) -> list[LetterRow]:
    """Return the letters behind ``last`` (the first ones for None), newest first."""
    place = Place(id=last.id, created_at=last.created_at, attempts=last.attempts) if last else None
    async with reading.snapshot(chosen) as letters:
        found = await pages.read(letters, ORDERS["newest"], place, limit)
    return [_row(row) for row in found.rows]


async def count(letters: Letters) -> int:
    """Return how many there are, exactly."""
    values = Values()
    row = await db.fetch_one(f"SELECT count(*) AS total {letters.sql(values)}", *values)
    return int(row["total"]) if row else 0


async def neighbours(chosen: Filter, letter_id: UUID, *, sort: Sort = "newest") -> Neighbours:
    """Return what stands beside a letter in the list, also where the letter itself has left it.

    Raises:
        NotFound: there is no such letter.
    """
    async with reading.snapshot(chosen) as letters:
        row = await db.fetch_one("SELECT id, created_at, attempts FROM dead_letters WHERE id = $1", letter_id)
        if row is None:
            raise NotFound("There is no such dead letter")
        ways = (places.of_row(row, is_before=True), places.of_row(row))
        beside = [(await pages.read(letters, ORDERS[sort], place, 1)).rows for place in ways]
    previous, following = (rows[0]["id"] if rows else None for rows in beside)
    return Neighbours(previous=previous, next=following)


def _row(row: db.Row) -> LetterRow:
    return LetterRow(**{name: row[name] for name in LetterRow.__struct_fields__})


def _cursor(shown: list[db.Row], place: Place | None, index: int) -> str | None:
    is_before = index == 0
    if shown:
        return places.of_row(shown[index], is_before=is_before).cursor
    # Everything on this page was moved meanwhile: back to where it came from.
    return msgspec.structs.replace(place, is_before=is_before).cursor if place else None
