"""Speech cut into pieces of one subtitle each: the cut that is cheapest for the reader over a whole turn.

Every way to cut is weighed by dynamic programming, as TeX breaks a paragraph into lines (Knuth, Plass, "Breaking
Paragraphs into Lines", 1981): hurried and hasty pieces cost, ends inside of phrases cost, and so does each piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import msgspec

from . import wording
from .subtitle_breaks import Grammar
from .subtitle_tokens import Token, width

_PIECE = 6.0  # what each piece costs, in the coin of ``subtitle_breaks``
_HASTY, _HURRIED, _BRISK = 300.0, 40.0, 3.0  # too short a time; above the most and above the aim in speed
_UNREADABLE = 5.0  # places a second above the most; worse than that is not worse
_STRADDLES = 4.0  # ends one sentence and begins another that it does not end
_STUB_PLACES = 12  # less than this looks lost
_STUB = 0.7  # for each place that is missing


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a piece must keep; seconds, places, places a second."""

    line_width: int
    shortest: float
    longest: float
    aim: float
    most: float


def split(spoken: Sequence[Token], *, until: float, limits: Limits, grammar: Grammar) -> list[Sequence[Token]]:
    """Return the pieces of a turn without long pauses, all of it; ``until``: when something else must be shown.

    No piece is wider than two lines, nor spoken for longer than the longest time (but for a single word).
    """
    turn = _Turn(spoken, until, limits, grammar)
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(spoken) + 1):
        best.append(min((best[start][0] + turn.cost(start, end), start) for start in turn.starts(end)))
    edges = [len(spoken)]
    while edges[-1]:
        edges.append(best[edges[-1]][1])
    return [spoken[start:end] for start, end in pairwise(reversed(edges))]


class _Turn:
    """Sums over the tokens, so that a piece is weighed without looking at each of them."""

    def __init__(self, spoken: Sequence[Token], until: float, limits: Limits, grammar: Grammar) -> None:
        self._spoken, self._limits = spoken, limits
        self._places = list(accumulate((width(one.text) + one.spaced for one in spoken), initial=0))
        self._next = [*(one.start for one in spoken[1:]), max(until, spoken[-1].end)]
        self._breaks = [grammar.cost(left, right) for left, right in pairwise(spoken)] + [0]
        self._sentences = list(accumulate((wording.ends_sentence(one.text) for one in spoken), initial=0))
        self._line_ends = self._filled()

    def starts(self, end: int) -> Iterator[int]:
        """Yield where a piece up to ``end`` can begin, the nearest first."""
        yield end - 1
        for start in range(end - 2, -1, -1):
            too_long = self._spoken[end - 1].end - self._spoken[start].start > self._limits.longest
            if too_long or self._width(self._line_ends[start], end) > self._limits.line_width:
                return
            yield start

    def cost(self, start: int, end: int) -> float:
        """Return what the piece costs, with its end."""
        seconds = max(min(self._next[end - 1] - self._spoken[start].start, self._limits.longest), 0.001)
        places = self._width(start, end)
        cost = _PIECE + self._breaks[end - 1] + self._hurry(places, seconds)
        if places < _STUB_PLACES and end - start < len(self._spoken):
            cost += _STUB * (_STUB_PLACES - places)
        ended = self._sentences[end - 1] - self._sentences[start]
        return cost + (_STRADDLES if ended and self._sentences[end] == self._sentences[end - 1] else 0.0)

    def _hurry(self, places: int, seconds: float) -> float:
        limits = self._limits
        speed = min(places / seconds, limits.most + _UNREADABLE)
        too_much = _HURRIED * max(speed - limits.most, 0.0) + _BRISK * max(speed - limits.aim, 0.0)
        # By its length, or fast speech would be cut into single words, each of which seems short enough.
        return _HASTY * max(limits.shortest - seconds, 0.0) + too_much * places / limits.line_width

    def _width(self, start: int, end: int) -> int:
        if start >= end:
            return 0
        return self._places[end] - self._places[start] - self._spoken[start].spaced

    def _filled(self) -> list[int]:
        """Return for each start where a full first line ends."""
        ends: list[int] = []
        end = 0
        for start in range(len(self._spoken)):
            end = max(end, start + 1)
            while end < len(self._spoken) and self._width(start, end + 1) <= self._limits.line_width:
                end += 1
            ends.append(end)
        return ends
