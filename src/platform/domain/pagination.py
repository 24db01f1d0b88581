"""Opaque cursors: where the next page of a list begins.

A cursor is one letter for its kind and the position in binary, in URL-safe Base64. It carries no
secret: a forged one shows nothing but another page of the caller's own list.
"""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from ..errors import BadInput

_NUMBER = b"n"
_MOMENT = b"m"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """The last row of a page, in a list sorted by ``created_at`` (UTC) and then ``id``."""

    created_at: datetime
    id: UUID


def encode_number(number: int) -> str:
    """Return the cursor of an integer id (64 bits, signed)."""
    return _text(_NUMBER + struct.pack(">q", number))


def decode_number(cursor: str) -> int:
    """Return the integer id behind a cursor.

    Raises:
        BadInput: the cursor is not one that ``encode_number`` made.
    """
    return int.from_bytes(_body(cursor, _NUMBER, size=8), "big", signed=True)


def encode_position(created_at: datetime, id: UUID) -> str:
    """Return the cursor of a row; ``created_at`` has a time zone and is exact to the microsecond."""
    microseconds = (created_at - _EPOCH) // timedelta(microseconds=1)
    return _text(_MOMENT + struct.pack(">q", microseconds) + id.bytes)


def decode_position(cursor: str) -> Position:
    """Return the row behind a cursor.

    Raises:
        BadInput: the cursor is not one that ``encode_position`` made.
    """
    body = _body(cursor, _MOMENT, size=24)
    microseconds = int.from_bytes(body[:8], "big", signed=True)
    try:
        created_at = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError as exc:
        raise _bad() from exc
    return Position(created_at=created_at, id=UUID(bytes=body[8:]))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _body(cursor: str, kind: bytes, *, size: int) -> bytes:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError as exc:
        raise _bad() from exc
    if raw[:1] != kind or len(raw) != size + 1:
        raise _bad()
    return raw[1:]


def _bad() -> BadInput:
    return BadInput(
        "This cursor cannot be read.",
        hint="Take 'next_cursor' of the previous page unchanged, or leave the cursor out to start at the first page.",
        field="cursor",
    )
