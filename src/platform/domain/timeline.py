"""Stretches of time and what can be done with them: silence, speech, cuts.

Every function takes spans in any order, overlapping or not, and returns them sorted, apart from each
other and longer than nothing. All times are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Span(msgspec.Struct, frozen=True, order=True):
    """From ``start`` up to ``end``, in seconds; empty where ``end <= start``."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds, never negative."""
        return max(self.end - self.start, 0.0)


def merge(spans: Iterable[Span], *, gap: float = 0.0) -> tuple[Span, ...]:
    """Return what the spans cover together; neighbours at most ``gap`` seconds apart become one.

    >>> merge([Span(2, 3), Span(0, 1), Span(1, 1.5)], gap=0.2)
    (Span(start=0, end=1.5), Span(start=2, end=3))
    """
    merged: list[Span] = []
    for span in sorted(span for span in spans if span.length > 0):
        if merged and span.start <= merged[-1].end + gap:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def clip(spans: Iterable[Span], within: Span) -> tuple[Span, ...]:
    """Return what of the spans lies inside ``within``."""
    return merge(Span(max(span.start, within.start), min(span.end, within.end)) for span in spans)


def complement(spans: Iterable[Span], within: Span) -> tuple[Span, ...]:
    """Return what of ``within`` no span covers.

    >>> complement([Span(1, 2), Span(4, 9)], Span(0, 5))
    (Span(start=0, end=1), Span(start=2, end=4))
    """
    free: list[Span] = []
    reached = within.start
    for span in clip(spans, within):
        free.append(Span(reached, span.start))
        reached = span.end
    free.append(Span(reached, within.end))
    return tuple(span for span in free if span.length > 0)


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> tuple[Span, ...]:
    """Return what of the spans no hole covers."""
    missing = merge(holes)
    return tuple(piece for span in merge(spans) for piece in complement(missing, span))


def total(spans: Iterable[Span]) -> float:
    """Return how many seconds the spans cover together, counting none twice."""
    return sum(span.length for span in merge(spans))


def overlap(one: Span, other: Span) -> float:
    """Return how many seconds two spans share."""
    return max(min(one.end, other.end) - max(one.start, other.start), 0.0)
