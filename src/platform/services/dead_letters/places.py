"""Places in a sorted list of dead letters, and the cursors that lead there, forwards and backwards."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from ... import db
from ...errors import BadInput
from .filters import Values

Sort = Literal["newest", "oldest", "attempts"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# direction, attempts, microseconds since 1970, id
_FORM = struct.Struct(">ciq16s")
_AFTER, _BEFORE = b">", b"<"


class Order(msgspec.Struct, frozen=True):
    """By which columns of ``dead_letters`` a list is sorted, all of them up or all of them down."""

    columns: tuple[str, ...]
    is_down: bool

    @property
    def flipped(self) -> Order:
        """The same, from the end."""
        return Order(self.columns, not self.is_down)

    @property
    def sql(self) -> str:
        """What stands behind ORDER BY."""
        return ", ".join(f"d.{column} {'DESC' if self.is_down else 'ASC'}" for column in self.columns)


ORDERS: dict[Sort, Order] = {
    "newest": Order(("created_at", "id"), is_down=True),
    "oldest": Order(("created_at", "id"), is_down=False),
    "attempts": Order(("attempts", "created_at", "id"), is_down=True),
}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A letter's place in any of the orders; a page begins behind it or, with ``is_before``, ends before it."""

    id: UUID
    created_at: datetime
    attempts: int
    is_before: bool = False

    def beyond(self, order: Order, values: Values) -> str:
        """Return SQL that holds for what comes behind this place in ``order``."""
        names = ", ".join(f"d.{column}" for column in order.columns)
        marks = ", ".join(values.mark(getattr(self, column)) for column in order.columns)
        return f"({names}) {'<' if order.is_down else '>'} ({marks})"

    @property
    def cursor(self) -> str:
        """The place as a word in a URL; it carries no secret."""
        microseconds = (self.created_at - _EPOCH) // timedelta(microseconds=1)
        raw = _FORM.pack(_BEFORE if self.is_before else _AFTER, self.attempts, microseconds, self.id.bytes)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def of_row(row: db.Row, *, is_before: bool = False) -> Place:
    """Return the place of a row of ``dead_letters``."""
    return Place(id=row["id"], created_at=row["created_at"], attempts=row["attempts"], is_before=is_before)


def of_cursor(cursor: str) -> Place:
    """Return the place that a cursor leads to.

    Raises:
        BadInput: the cursor is not one of ours.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        direction, attempts, microseconds, key = _FORM.unpack(raw)
        created_at = _EPOCH + timedelta(microseconds=microseconds)
    except (ValueError, struct.error, OverflowError) as exc:
        raise _bad() from exc
    if direction not in (_AFTER, _BEFORE):
        raise _bad()
    return Place(id=UUID(bytes=key), created_at=created_at, attempts=attempts, is_before=direction == _BEFORE)


def _bad() -> BadInput:
    return BadInput(
        "This cursor cannot be read.",
        hint="Take 'next_cursor' or 'prev_cursor' of a page unchanged, or leave it out to start at the first page.",
        field="cursor",
    )
