"""Moving what belongs to a clip onto the grid of its frames; pure.

A span that begins or ends half a frame elsewhere moves all that follows it; after a hundred cuts subtitles would be off
by tenths of a second. Where the spans lie on the grid already, nothing moves.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Final

import msgspec

from .frames import Grid
from .rendering import RenderOrder
from .transcript import Segment

_NEAR: Final = 1e-6  # seconds: sums of lengths are this exact; a part that begins with a span moves with it


def retimed(order: RenderOrder, grid: Grid) -> RenderOrder:
    """Return the order with the spans of ``grid``, one for each of its own, and with all that is timed moved along."""
    clock = _Clock(order, grid)
    transcript = order.transcript
    moved = msgspec.structs.replace(
        transcript,
        duration=grid.duration,
        segments=tuple(clock.segment(segment) for segment in transcript.segments),
        turns=transcript.turns
        if isinstance(transcript.turns, msgspec.UnsetType)
        else tuple(
            msgspec.structs.replace(turn, start=clock.time(turn.start), end=clock.time(turn.end))
            for turn in transcript.turns
        ),
    )
    chapters = tuple(msgspec.structs.replace(chapter, start=clock.time(chapter.start)) for chapter in order.chapters)
    return msgspec.structs.replace(order, spans=grid.spans, transcript=moved, chapters=chapters)


class _Clock:
    """Tells from a moment of the clip as it was asked for the one on the grid."""

    def __init__(self, order: RenderOrder, grid: Grid) -> None:
        self._asked = list(accumulate((span.length for span in order.spans[:-1]), initial=0.0))
        self._moves = [
            start - asked + wanted.start - span.start
            for start, asked, wanted, span in zip(grid.starts, self._asked, order.spans, grid.spans, strict=True)
        ]
        self._edges = [*grid.starts, grid.duration]

    def time(self, seconds: float) -> float:
        place = max(bisect_right(self._asked, seconds + _NEAR) - 1, 0)
        moved = seconds + self._moves[place]
        return min(max(moved, self._edges[place]), self._edges[place + 1])

    def segment(self, segment: Segment) -> Segment:
        words = tuple(
            msgspec.structs.replace(word, start=self.time(word.start), end=self.time(word.end))
            for word in segment.words
        )
        return msgspec.structs.replace(segment, start=self.time(segment.start), end=self.time(segment.end), words=words)
