"""Which of the found segments become clips: the important ones, but not the same thing five times; pure.

Maximal marginal relevance (Carbonell and Goldstein, "The use of MMR, diversity-based reranking", SIGIR 1998), with
topics and the place in the recording as what makes two segments alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

from .clips import ContentSegment
from .timeline import Span

_ALIKE_COSTS = 0.5  # of a segment's worth, where another says the same at the same place
_BASE = 0.1  # what a segment of no importance is worth: it is better than no clip
_PLACE = 0.3  # of the likeness is that of place, the rest that of topics
_MOST_SETS = 20_000  # as many are compared in a moment (about 0.1 s)

Likeness = Callable[[int, int], float]


class Candidate(msgspec.Struct, frozen=True):
    """A segment that may become a clip.

    ``seconds``: how long it would be; ``first`` and ``last`` sentence by their places in the list.
    """

    segment: ContentSegment
    first: int
    last: int
    span: Span
    seconds: float

    @property
    def importance(self) -> float:
        """0 to 1."""
        value = self.segment.importance
        return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0


def pick(candidates: Sequence[Candidate], *, count: int, total: float, duration: float) -> list[int]:
    """Return the places of the best ``count`` candidates at most, best first.

    Together they last ``total`` seconds at most, and share no sentence. The best set of all where there are few
    (``_MOST_SETS``), else one after the other, each the best beside those before it.
    """
    order = sorted(range(len(candidates)), key=lambda at: -candidates[at].importance)
    search = _Search(candidates, order, count, total, duration)
    sets = sum(math.comb(len(order), size) for size in range(min(count, len(order)) + 1))
    return search.exact() if sets <= _MOST_SETS else search.greedy()


def next_best(candidates: Sequence[Candidate], chosen: Sequence[int], *, count: int, duration: float) -> list[int]:
    """Return the places of all that are not chosen, best first beside the chosen."""
    search = _Search(candidates, range(len(candidates)), count, math.inf, duration)
    rest = [at for at in range(len(candidates)) if at not in set(chosen)]
    return sorted(rest, key=lambda at: -search.worth(at, chosen))


class _Search:
    """The candidates, and how alike two of them are."""

    def __init__(
        self, candidates: Sequence[Candidate], order: Sequence[int], count: int, total: float, duration: float
    ) -> None:
        self._candidates = candidates
        self._order = order
        self._count = count
        self._total = total
        self._apart = max(duration / max(count, 1), 1.0)  # as far apart as clips are that are spread evenly
        self._topics = [_words(candidate.segment) for candidate in candidates]
        self._best: list[int] = []
        self._best_worth = -1.0

    def exact(self) -> list[int]:
        self._extend(0, [], 0.0, 0.0)
        return self._best

    def greedy(self) -> list[int]:
        chosen: list[int] = []
        seconds = 0.0
        while len(chosen) < self._count:
            fitting = [at for at in self._order if at not in chosen and self._fits(at, chosen, seconds)]
            if not fitting:
                break
            chosen.append(max(fitting, key=lambda at: self.worth(at, chosen)))
            seconds += self._candidates[chosen[-1]].seconds
        return chosen

    def worth(self, at: int, beside: Sequence[int]) -> float:
        """Return what a candidate adds to the chosen ones."""
        likest = max((self._likeness(at, other) for other in beside), default=0.0)
        return (_BASE + self._candidates[at].importance) * (1 - _ALIKE_COSTS * likest)

    def _extend(self, position: int, chosen: list[int], worth: float, seconds: float) -> None:
        if worth > self._best_worth:
            self._best, self._best_worth = list(chosen), worth
        if len(chosen) == self._count:
            return
        for following, at in enumerate(self._order[position:], start=position + 1):
            if self._fits(at, chosen, seconds):
                more = self.worth(at, chosen)
                self._extend(following, [*chosen, at], worth + more, seconds + self._candidates[at].seconds)

    def _fits(self, at: int, chosen: Sequence[int], seconds: float) -> bool:
        mine = self._candidates[at]
        if seconds + mine.seconds > self._total:
            return False
        others = (self._candidates[other] for other in chosen)
        return all(mine.last < other.first or other.last < mine.first for other in others)

    def _likeness(self, one: int, other: int) -> float:
        """Return 0 to 1: words of topics in common, and nearness."""
        first, second = self._candidates[one].span, self._candidates[other].span
        distance = max(first.start - second.end, second.start - first.end, 0.0)
        near = max(1 - distance / self._apart, 0.0)
        both = self._topics[one] | self._topics[other]
        same = len(self._topics[one] & self._topics[other]) / len(both) if both else 0.0
        return (1 - _PLACE) * same + _PLACE * near


def _words(segment: ContentSegment) -> frozenset[str]:
    return frozenset(word for topic in segment.topics for word in topic.casefold().split())
