"""The Range header (RFC 9110, section 14), one range of bytes."""

from __future__ import annotations

import re

import msgspec

# More digits than any file needs; int() of a huge text would take long.
_RANGE = re.compile(r"bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """``length`` bytes from ``start``; a length of 0 means that the range cannot be satisfied."""

    start: int
    length: int


def parse(header: str, size: int) -> Span | None:
    """Return what part of ``size`` bytes is wanted; None for all of it, also for ranges that we do not serve.

    >>> parse("bytes=0-99", 1000), parse("bytes=-1", 1000)
    (Span(start=0, length=100), Span(start=999, length=1))
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None  # several ranges, another unit or nonsense: RFC 9110 lets us send all of it
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        return Span(start=size - length, length=length)
    if last and int(last) < int(first):
        return None
    end = min(int(last), size - 1) if last else size - 1
    return Span(start=int(first), length=max(0, end - int(first) + 1))
