"""Where a recording may be cut; pure.

Word times come from engines, which may be wrong by half a second; pauses come from the sound itself and are exact to
a few hundredths. So a cut lies in a pause wherever one is near, and the words only say which.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from .timeline import Span
from .transcript import Word

LEAST_PAUSE = 0.12  # seconds; what is shorter may be the closed lips of a "p"
_PERSON = 0.3  # how far the bound of a person may move into a pause
_FARTHEST = 0.75  # how far it may move out of a word
_LONGEST_WORD = 1.5  # a "word" longer than this is a stretch of text without word times
_INSIDE = 0.05  # how deep into a pause a person's bound is moved


def snapped(span: Span, words: Sequence[Word], pauses: Sequence[Span], duration: float) -> Span:
    """Return the span a person wants, its ends moved so that no word is cut.

    An end inside a pause stays; one at most 0.3 s from a pause, with no word between, moves into it; one inside a
    word moves to the nearest moment, at most 0.75 s away, at which nobody speaks, and from there into a pause. What
    is left wins as it is, also where nothing would remain otherwise. ``words`` in any order, ``pauses`` sorted, apart.
    """
    wanted = Span(max(span.start, 0.0), min(span.end, duration))
    timed = sorted((word for word in words if word.end - word.start <= _LONGEST_WORD), key=lambda word: word.start)
    silent = gaps(timed, duration)
    start, end = (_snapped(at, timed, silent, pauses) for at in (wanted.start, wanted.end))
    moved = Span(max(start, 0.0), min(end, duration))
    return moved if moved.length > 0 else wanted


def gaps(words: Sequence[Word], duration: float) -> list[Span]:
    """Return the stretches in which no word is spoken, those of no length between touching words too."""
    ends = list(accumulate((word.end for word in words), max, initial=0.0))
    starts = [*(word.start for word in words), max(duration, ends[-1])]
    return [Span(end, start) for end, start in zip(ends, starts, strict=True) if start >= end]


def near(places: Sequence[Span], window: Span, reach: float) -> Sequence[Span]:
    """Return the places that touch the window made longer by ``reach`` on both sides; ``places`` sorted, apart."""
    first = bisect_left(places, window.start - reach, key=lambda place: place.end)
    last = bisect_right(places, window.end + reach, key=lambda place: place.start)
    return places[first:last]


def until(words: Sequence[Word], first: int, end: float) -> Iterator[Word]:
    """Yield the words from number ``first`` on that start before ``end``."""
    while first < len(words) and words[first].start < end:
        yield words[first]
        first += 1


def middle(place: Span | Word) -> float:
    """Return the moment between start and end."""
    return (place.start + place.end) / 2


def _snapped(at: float, timed: Sequence[Word], silent: Sequence[Span], pauses: Sequence[Span]) -> float:
    if (heard := _in_pause(at, timed, pauses)) is not None:
        return heard
    around = (_clamped(at, gap) for gap in near(silent, Span(at, at), _FARTHEST))
    closest = min(around, key=lambda to: abs(to - at), default=at)
    heard = _in_pause(closest, timed, pauses)
    return closest if heard is None else heard


def _in_pause(at: float, timed: Sequence[Word], pauses: Sequence[Span]) -> float | None:
    """Return the nearest moment in a pause, 0.3 s away at most and with no word between."""
    heard = [pause for pause in near(pauses, Span(at, at), _PERSON) if pause.length >= LEAST_PAUSE]
    if any(pause.start <= at <= pause.end for pause in heard):
        return at
    for moved in sorted((_into(at, pause) for pause in heard), key=lambda to: abs(to - at)):
        if not _passes_a_word(Span(min(at, moved), max(at, moved)), timed):
            return moved
    return None


def _into(at: float, pause: Span) -> float:
    inset = min(_INSIDE, pause.length / 2)
    return _clamped(at, Span(pause.start + inset, pause.end - inset))


def _clamped(at: float, span: Span) -> float:
    return min(max(at, span.start), span.end)


def _passes_a_word(way: Span, timed: Sequence[Word]) -> bool:
    first = bisect_left(timed, way.start - _LONGEST_WORD, key=lambda word: word.start)
    return any(way.start < middle(word) < way.end for word in until(timed, first, way.end))
