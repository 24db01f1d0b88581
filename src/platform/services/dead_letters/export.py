"""All dead letters that a filter finds, as CSV or as lines of JSON, in flat memory."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from . import listing
from .filters import Filter
from .listing import LetterRow

Format = Literal["csv", "json"]

_AT_A_TIME = 500
# A spreadsheet takes a cell that begins like this for a formula, and runs it (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def stream(chosen: Filter, form: Format) -> AsyncIterator[bytes]:
    """Return the letters, newest first, as the chunks of a file; CSV begins with the names of the fields.

    What arrives meanwhile is newer than the first line, and so not in it.

    Raises:
        BadInput: the filter cannot be used; at once, before anything is sent.
    """
    first = await listing.after(chosen, None, limit=_AT_A_TIME)
    return _csv(chosen, first) if form == "csv" else _lines(chosen, first)


async def _lines(chosen: Filter, first: list[LetterRow]) -> AsyncIterator[bytes]:
    async for rows in _batches(chosen, first):
        yield b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


async def _csv(chosen: Filter, first: list[LetterRow]) -> AsyncIterator[bytes]:
    yield _table([LetterRow.__struct_fields__])
    async for rows in _batches(chosen, first):
        yield _table([tuple(_cell(getattr(row, name)) for name in row.__struct_fields__) for row in rows])


async def _batches(chosen: Filter, rows: list[LetterRow]) -> AsyncIterator[list[LetterRow]]:
    while rows:
        yield rows
        rows = await listing.after(chosen, rows[-1], limit=_AT_A_TIME)


def _table(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
