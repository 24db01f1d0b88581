"""Who says which word, by the turns that diarization heard."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, groupby

from . import wording
from .timeline import Span, overlap
from .transcript import Turn, Word


class Voices:
    """The turns of a recording, ready to be asked who speaks in a stretch of it.

    A question takes time in the logarithm of the number of turns, and in how many of them overlap.
    """

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = sorted((turn for turn in turns if turn.end > turn.start), key=lambda turn: turn.start)
        self._starts = [turn.start for turn in self._turns]
        # The latest end so far never falls, so what has ended before a time can be found by halving.
        self._ends = list(accumulate((turn.end for turn in self._turns), max))

    def speaker(self, span: Span, *, before: str | None = None) -> str | None:
        """Return who is heard most in the span, or nearest to it; None without turns.

        ``before`` is who spoke last: they keep the word when two are heard equally.
        """
        first, last = bisect_right(self._ends, span.start), bisect_left(self._starts, span.end)
        heard: dict[str, float] = {}
        for turn in self._turns[first:last]:
            shared = overlap(Span(turn.start, turn.end), span)
            heard[turn.speaker] = heard.get(turn.speaker, 0.0) + shared
        if any(heard.values()):
            return max(heard, key=lambda name: (heard[name], name == before))
        return self._nearest(span)

    def _nearest(self, span: Span) -> str | None:
        after = bisect_right(self._starts, span.start)
        candidates = self._turns[after : after + 1]
        if after:
            candidates.append(self._turns[bisect_left(self._ends, self._ends[after - 1])])
        if not candidates:
            return None
        return min(candidates, key=lambda turn: max(turn.start - span.end, span.start - turn.end)).speaker


def speakers(words: Sequence[Word], voices: Voices) -> list[str | None]:
    """Return the speaker of each word of one segment; single words do not flicker."""
    found: list[str | None] = []
    before: str | None = None
    for word in words:
        before = voices.speaker(Span(word.start, word.end), before=before)
        found.append(before)
    return steady(found, [word.text for word in words])


def steady(speakers: Sequence[str | None], texts: Sequence[str]) -> list[str | None]:
    """Give a lone word to its neighbours' speaker, unless it is a sentence by itself.

    The edges of diarization turns are less exact than words: a lone word in the middle of somebody's
    sentence is nearly always theirs, but "Right." between two sentences is an answer.
    """
    runs = [(who, len(list(same))) for who, same in groupby(speakers)]
    result: list[str | None] = []
    for number, (who, length) in enumerate(runs):
        owner = _owner(runs, number) if length == 1 and not _stands_alone(texts, len(result)) else who
        result.extend([owner] * length)
    return result


def _owner(runs: Sequence[tuple[str | None, int]], number: int) -> str | None:
    around = [runs[at] for at in (number - 1, number + 1) if 0 <= at < len(runs)]
    if len({who for who, _ in around}) == 1 and max(length for _, length in around) > 1:
        return around[0][0]
    return runs[number][0]


def _stands_alone(texts: Sequence[str], at: int) -> bool:
    return wording.ends_sentence(texts[at]) and (at == 0 or wording.ends_sentence(texts[at - 1]))
