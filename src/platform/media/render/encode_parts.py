"""The frames of a clip as parts that one decoder each can make; pure.

A part runs forward through the recording without long gaps, so that nothing is decoded twice and little in vain. Frames
of the recording are counted on the grid's rate from its start, whatever its own rate is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Final

import msgspec

from ...domain.frames import Grid
from ...domain.framing import Pane, Shot

MOST_GAP_SECONDS: Final = 5.0  # that are decoded for nothing; starting over and seeking costs as much
MOST_CHANGES: Final = 24  # of what is shown in one filter graph: each frame is handed to all that is shown


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Frames in a row that show the same panes; ``first`` is the number of the first in the recording."""

    first: int
    frames: int
    panes: tuple[Pane, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Stretches that follow each other in the recording; ``before`` counts the clip's frames before them."""

    before: int
    stretches: tuple[Stretch, ...]

    @property
    def first(self) -> int:
        """The number of its first frame in the recording."""
        return self.stretches[0].first

    @property
    def end(self) -> int:
        """The number of the recording's frame after its last one."""
        return self.stretches[-1].first + self.stretches[-1].frames

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return sum(stretch.frames for stretch in self.stretches)


def parts(grid: Grid, shots: Sequence[Shot]) -> tuple[Part, ...]:
    """Return the parts of the clip in the order of play; ``shots`` fill the spans of the grid one after the other."""
    most_gap = MOST_GAP_SECONDS * grid.fps
    made: list[list[Stretch]] = []
    for stretch in _stretches(grid, shots):
        if made and _goes_on(made[-1], stretch, most_gap):
            made[-1].append(stretch)
        else:
            made.append([stretch])
    before = accumulate((sum(stretch.frames for stretch in part) for part in made[:-1]), initial=0)
    return tuple(Part(before=number, stretches=tuple(part)) for number, part in zip(before, made, strict=True))


def kept(part: Part, origin: int) -> str:
    """Return ffmpeg's expression that is true for the frames of the part, counted in pts from ``origin``.

    >>> kept(Part(before=0, stretches=(Stretch(first=30, frames=25, panes=()),)), 20)
    'between(pts,10,34)'
    """
    begins = [stretch.first - origin for stretch in part.stretches]
    return _sum(
        [
            f"between(pts,{begin},{begin + stretch.frames - 1})"
            for begin, stretch in zip(begins, part.stretches, strict=True)
        ]
    )


def cuts(part: Part) -> tuple[tuple[int, tuple[Pane, ...]], ...]:
    """Return how many frames show the same panes, and those, one after the other."""
    found: list[tuple[int, tuple[Pane, ...]]] = []
    for stretch in part.stretches:
        if found and found[-1][1] == stretch.panes:
            found[-1] = (found[-1][0] + stretch.frames, stretch.panes)
        else:
            found.append((stretch.frames, stretch.panes))
    return tuple(found)


def _goes_on(part: Sequence[Stretch], stretch: Stretch, most_gap: float) -> bool:
    gap = stretch.first - (part[-1].first + part[-1].frames)
    changes = sum(one.panes != two.panes for one, two in zip(part, [*part[1:], stretch], strict=True))
    return 0 <= gap <= most_gap and changes < MOST_CHANGES


def _stretches(grid: Grid, shots: Sequence[Shot]) -> Iterator[Stretch]:
    """Cut the spans where other panes are shown, each at the frame that is nearest to the change."""
    rate = Fraction(*grid.rate)
    waiting = list(reversed(shots))
    for span, frames in zip(grid.spans, grid.frames, strict=True):
        first, reached = round(Fraction(span.start) * rate), 0
        while reached < frames:
            shot = waiting[-1]
            until = frames
            if len(waiting) > 1:
                waiting.pop()
                if shot.end < span.end:
                    until = min(round(Fraction(shot.end) * rate) - first, frames)
            if until > reached:
                yield Stretch(first=first + reached, frames=until - reached, panes=shot.panes)
                reached = until


def _sum(terms: Sequence[str]) -> str:
    """Return the terms' sum, nested as little as can be: ffmpeg takes no expression more than 100 deep."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return f"({_sum(terms[:half])}+{_sum(terms[half:])})"
