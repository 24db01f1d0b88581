"""Moments of a recording as links: to the line where they are, which a player takes as where to go on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from ...platform.domain.transcript import Segment

# A part of this size is rendered within some milliseconds, so other requests hardly wait for it.
PART_LINES = 250
# What providers round away.
_SLACK_SECONDS = 0.05


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A moment: ``start`` in seconds, the id of its ``line``, and ``href``, which leads there without a script."""

    start: float
    line: str
    href: str


class Places:
    """Finds the lines of one transcript."""

    def __init__(self, segments: Sequence[Segment], *, shown: int = 0, translation: str = "") -> None:
        """Look in ``segments``, sorted by start; the page shows those from ``shown`` on, in ``translation``."""
        self._segments = segments
        self._starts = [segment.start for segment in segments]
        self._shown = shown
        self._translation = translation

    def index(self, seconds: float) -> int:
        """Return the number of the segment that is said at that moment, or next after it; -1 where there is none."""
        if not self._segments:
            return -1
        last = max(bisect_right(self._starts, seconds + _SLACK_SECONDS) - 1, 0)
        is_over = self._segments[last].end <= seconds and last + 1 < len(self._segments)
        return last + 1 if is_over else last

    def at(self, seconds: float) -> Place:
        """Return the place of that moment."""
        number = self.index(seconds)
        line = self._segments[number].id if number >= 0 else ""
        return Place(start=seconds, line=line, href=self._address(number) + (f"#{line}" if line else ""))

    def _address(self, number: int) -> str:
        begin = max(number, 0) // PART_LINES * PART_LINES
        if self._shown <= number < self._shown + PART_LINES:
            return ""
        more = f"&translation={quote(self._translation, safe='')}" if self._translation else ""
        return f"?from={begin}{more}"
