"""The frames of a clip: its spans laid on a grid that picture and sound share; pure.

Each span becomes a whole number of frames, counted in integers, so that the span ``k`` begins at exactly
``sum(frames[:k]) / rate`` on the clip's timeline, and no drift can add up however often is cut.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Final

import msgspec

from .timeline import Span

# What players and editors expect; a recording of another rate is shown at the next higher one.
_WHOLE: Final = (20, 24, 25, 30, 48, 50, 60)
_BROADCAST: Final = tuple(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60))
_NEAR: Final = 0.012  # frames per second: 29.97 is told from 30, also where the file rounds
_FEWEST: Final = 20  # below this a cut could be off by more than a glance takes; such frames are shown several times
_MOST_BELIEVED: Final = 250.0  # slow motion is 240; what claims more (1000, 90000) has a time base and no rate
_UNKNOWN: Final = Fraction(25)
_ABSURD: Final = Fraction(30)


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """Spans of the recording that are whole numbers of frames long.

    ``rate``: frames per second, numerator and denominator; ``spans`` in the order of play, ``frames`` in each of them,
    at least one; ``duration`` of the clip in seconds.
    """

    rate: tuple[int, int]
    spans: tuple[Span, ...]
    frames: tuple[int, ...]
    duration: float

    @property
    def fps(self) -> float:
        """Frames per second."""
        return self.rate[0] / self.rate[1]

    @property
    def starts(self) -> tuple[float, ...]:
        """Where each span begins on the clip's timeline, in seconds."""
        reached = accumulate(self.frames[:-1], initial=0)
        return tuple(number * self.rate[1] / self.rate[0] for number in reached)

    @property
    def total(self) -> int:
        """Frames of the whole clip."""
        return sum(self.frames)


def grid(spans: Sequence[Span], fps: float | None, *, most_fps: float = 60.0) -> Grid:
    """Lay ``spans`` on the grid of a recording that shows ``fps`` frames per second on average.

    Starts and ends move to the nearest frame, half a frame at most, and so stay together where they met; in a
    recording of constant rate they are the starts of its frames.

    >>> grid([Span(1.01, 2.0), Span(5.0, 5.001)], 25.0)
    Grid(rate=(25, 1), spans=(Span(start=1.0, end=2.0), Span(start=5.0, end=5.04)), frames=(25, 1), duration=1.04)
    """
    rate = usual_rate(fps, most_fps=most_fps)
    firsts = [round(Fraction(span.start) * rate) for span in spans]
    counts = [max(round(Fraction(span.end) * rate) - first, 1) for span, first in zip(spans, firsts, strict=True)]
    return Grid(
        rate=(rate.numerator, rate.denominator),
        spans=tuple(
            Span(float(first / rate), float((first + count) / rate))
            for first, count in zip(firsts, counts, strict=True)
        ),
        frames=tuple(counts),
        duration=float(sum(counts) / rate),
    )


def usual_rate(fps: float | None, *, most_fps: float = 60.0) -> Fraction:
    """Return the rate to show a recording at: its own where that is usual, else the next higher usual one.

    Halved until at most ``most_fps``, and a multiple of it where it is very low: 240 -> 60, 15 -> 30, 1 -> 20.

    >>> usual_rate(29.97), usual_rate(27.3), usual_rate(1000.0)
    (Fraction(30000, 1001), Fraction(30, 1), Fraction(30, 1))
    """
    if fps is None or not math.isfinite(fps) or fps <= 0:
        return _UNKNOWN
    if fps > _MOST_BELIEVED:
        return _ABSURD
    while fps > most_fps + _NEAR:
        fps /= 2
    fps *= max(math.ceil(_FEWEST / fps - 1e-6), 1)
    return _nearest(fps)


def _nearest(fps: float) -> Fraction:
    for rate in _BROADCAST:
        if abs(float(rate) - fps) < _NEAR:
            return rate
    return next((Fraction(rate) for rate in _WHOLE if rate > fps - 4 * _NEAR), Fraction(_WHOLE[-1]))
