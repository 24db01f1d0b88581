"""When subtitles come and go: with the words, but for as long as reading them takes.

A subtitle stays a little after its words where there is room; where there is none, the next one comes a little
later, if that one then still has its own time. Where both together do not help, people speak faster than anyone
reads, and the words stay in step with the voice.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

SHORTEST_MS = 833  # 5/6 s
LONGEST_MS = 7000
GAP_MS = 83  # two frames of 24 in a second; less looks like a flicker
CHARACTERS_PER_SECOND = 17  # what is aimed at
MOST_CHARACTERS_PER_SECOND = 20  # places, so 10 full-width signs
LATEST_MS = 900  # our own choice: later than that, text seems to belong to other words
_CLOSED_MS = 500  # a shorter gap is closed (Netflix: up to 11 frames)


class Wanted(msgspec.Struct, frozen=True):
    """When the words of a subtitle begin and end, in milliseconds, and how many places they take."""

    start: int
    end: int
    places: int

    @property
    def needed_ms(self) -> int:
        """How long it takes to read at most."""
        return min(max(SHORTEST_MS, -(-self.places * 1000 // MOST_CHARACTERS_PER_SECOND)), LONGEST_MS)

    @property
    def pleasant_ms(self) -> int:
        """How long it should be there."""
        return min(max(SHORTEST_MS, -(-self.places * 1000 // CHARACTERS_PER_SECOND)), LONGEST_MS)


def times(wanted: Sequence[Wanted], *, limit_ms: int) -> list[tuple[int, int]]:
    """Return start and end of each, in milliseconds: sorted as they come, never overlapping, never empty.

    ``limit_ms``: the end of the recording; only words that are said to go on after it do.
    """
    starts = _starts(wanted, limit_ms)
    shown = [_end(one, start, following) for one, (start, following) in zip(wanted, pairwise(starts), strict=False)]
    if wanted:
        last, start = wanted[-1], starts[-1]
        room = max(limit_ms, last.end) - start
        shown.append(start + max(min(max(last.end - start, last.pleasant_ms), LONGEST_MS, room), 1))
    return list(zip(starts, shown, strict=True))


def _starts(wanted: Sequence[Wanted], limit_ms: int) -> list[int]:
    needs = [one.needed_ms for one in wanted]
    latest = _latest(wanted, needs, limit_ms)
    latest_short = _latest(wanted, [SHORTEST_MS] * len(wanted), limit_ms)
    starts: list[int] = []
    for nr, one in enumerate(wanted):
        start = one.start
        if starts:
            before = starts[-1]
            start = max(start, before + 1, min(before + needs[nr - 1], latest[nr]))
            start = max(start, min(before + SHORTEST_MS, latest_short[nr]))
        starts.append(start)
    return starts


def _latest(wanted: Sequence[Wanted], needs: Sequence[int], limit_ms: int) -> list[int]:
    """Return how late each may begin so that it and all that follow have what they need."""
    latest: list[int] = []
    following = max(limit_ms, wanted[-1].end) if wanted else 0
    for one, need in zip(reversed(wanted), reversed(needs), strict=True):
        following = max(one.start, min(one.start + LATEST_MS, following - need))
        latest.append(following)
    return latest[::-1]


def _end(one: Wanted, start: int, following: int) -> int:
    end = min(max(one.end, start + one.pleasant_ms), start + LONGEST_MS, following)
    gap = following - end
    if gap < _CLOSED_MS and following - start <= LONGEST_MS:
        return following
    return max(following - GAP_MS, start + 1) if 0 < gap < GAP_MS else max(end, start + 1)
