"""Text that an engine hears in windows, without the times of its words, becomes segments; pure."""

from __future__ import annotations

from ..domain.transcript import Segment
from .languages import UNSPACED, base
from .phrases import milliseconds, text_without_loops


class Passages:
    """Makes numbered segments from windows that arrive in order; none overlaps the one before."""

    def __init__(self, *, duration: float, language: str | None) -> None:
        """Keep all times between 0 and ``duration`` seconds."""
        self.first_loop: float | None = None  # where the first repetition was cut, in seconds from the file's start
        self._duration = duration
        self._spaced = base(language) not in UNSPACED
        self._end = 0.0
        self._count = 0

    def write(self, text: str, *, start: float, end: float) -> tuple[Segment, ...]:
        """Return the segment of a window, or none if nothing is said in it."""
        said = " ".join(text.split())
        kept = text_without_loops(said, spaced=self._spaced)
        if kept != said and self.first_loop is None:
            self.first_loop = start
        first = milliseconds(min(max(start, self._end), self._duration))
        self._end = milliseconds(min(max(end, first), self._duration))
        if not any(sign.isalnum() for sign in kept):
            return ()
        self._count += 1
        return (Segment(id=f"s{self._count}", start=first, end=self._end, text=kept),)
