"""Speech cut into pieces of one subtitle each: the cut that is cheapest for the reader over a whole turn.

Every way to cut is weighed by dynamic programming, as TeX breaks a paragraph into lines (Knuth, Plass, "Breaking
Paragraphs into Lines", 1981): hurried and hasty pieces cost, ends inside of phrases cost, and so does each piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import msgspec

from . import wording
from .subtitle_breaks import Grammar
from .subtitle_tokens import Token, width

_PIECE = 6.0  # what each piece costs, in the coin of ``subtitle_breaks``
_HASTY, _HURRIED, _BRISK = 300.0, 40.0, 3.0  # too short a time; above the most and above the aim in speed
_UNREADABLE = 5.0  # places a second above the most; worse than that is not worse
_STRADDLES = 4.0  # ends one sentence and begins another that it does not end
_LINE = 0.5  # a line's end inside a subtitle matters less than that of the subtitle
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
    """Sums over the tokens, so that a piece is weighed without looking at each of them.

    ``places[n]``: the width of the first n tokens, each with its space. ``line_ends[n]``: where a full line from token
    n on ends. ``line_starts[n]``: where a full line that ends before token n begins.
    """

    def __init__(self, spoken: Sequence[Token], until: float, limits: Limits, grammar: Grammar) -> None:
        self._spoken, self._limits = spoken, limits
        self._places = list(accumulate((width(one.text) + one.spaced for one in spoken), initial=0))
        self._begins = [place + one.spaced for place, one in zip(self._places, spoken, strict=False)]
        self._starts = [one.start for one in spoken]
        self._nexts = [*self._starts[1:], max(until, spoken[-1].end)]
        self._breaks = [grammar.cost(left, right) for left, right in pairwise(spoken)] + [0]
        self._sentences = list(accumulate((wording.ends_sentence(one.text) for one in spoken), initial=0))
        self._line_ends, self._line_starts = self._lines()
        self._first = self._firsts()

    def starts(self, end: int) -> range:
        """Return where a piece up to ``end`` can begin."""
        return range(self._first[end], end)

    def cost(self, start: int, end: int) -> float:
        """Return what the piece costs, with its end; called some twenty times for each word."""
        limits, places = self._limits, self._places[end] - self._begins[start]
        seconds = max(min(self._nexts[end - 1] - self._starts[start], limits.longest), 0.001)
        cost = _PIECE + self._breaks[end - 1]
        if seconds < limits.shortest:
            cost += _HASTY * (limits.shortest - seconds)
        if places > limits.aim * seconds:
            cost += self._hurry(places, seconds)
        if places < _STUB_PLACES and end - start < len(self._spoken):
            cost += _STUB * (_STUB_PLACES - places)
        if self._sentences[start] < self._sentences[end - 1] == self._sentences[end]:
            cost += _STRADDLES
        if places > limits.line_width:
            cost += _LINE * min(self._breaks[self._line_starts[end] - 1 : self._line_ends[start]])
        return cost

    def _hurry(self, places: int, seconds: float) -> float:
        limits = self._limits
        speed = min(places / seconds, limits.most + _UNREADABLE)
        too_much = _HURRIED * max(speed - limits.most, 0.0) + _BRISK * (speed - limits.aim)
        # By its length, or fast speech would be cut into single words, each of which seems short enough.
        return too_much * places / limits.line_width

    def _lines(self) -> tuple[list[int], list[int]]:
        line_ends, line_starts = [], [0]
        end = 0
        for start in range(len(self._spoken)):
            end = max(end, start + 1)
            while end < len(self._spoken) and self._fits(start, end + 1):
                end += 1
            line_ends.append(end)
        for end in range(1, len(self._spoken) + 1):
            start = line_starts[-1]
            while start < end - 1 and not self._fits(start, end):
                start += 1
            line_starts.append(start)
        return line_ends, line_starts

    def _fits(self, start: int, end: int) -> bool:
        return self._places[end] - self._begins[start] <= self._limits.line_width

    def _firsts(self) -> list[int]:
        """Return for each end where the longest piece begins: two lines, spoken in the longest time."""
        firsts = [0]
        for end in range(1, len(self._spoken) + 1):
            start, said_until = firsts[-1], self._spoken[end - 1].end
            while start < end - 1 and (
                self._line_ends[start] < self._line_starts[end]
                or said_until - self._starts[start] > self._limits.longest
            ):
                start += 1
            firsts.append(start)
        return firsts
