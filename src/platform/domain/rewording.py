"""Words that a person corrected, timed by the words that stood there before; pure.

1. The old and the new line are cut into their smallest pieces: words, or signs where a language writes no spaces.
2. What both lines have in the same order is kept, with its times as they are.
3. Where as many words were written as stood there, each takes the time of its own; else all share that time by length.
4. Words that were added take the silence where they stand; where there is too little, a neighbour shares its time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

import msgspec

from . import wording
from .timeline import Span
from .word_pieces import Piece, pieces_of, words_of, written

_PACE = 0.07  # seconds that a sign takes in calm speech
_LEAST = 0.03  # seconds for a sign; nobody speaks faster


class Reworded(msgspec.Struct, frozen=True):
    """A word of the new line and when it is said; ``kept``: the number of the old word whose time it has."""

    text: str
    place: Span
    kept: int | None = None


class _Gap(msgspec.Struct, frozen=True):
    """What is between two kept words: old words ``first`` up to ``last``, the new words, and the time around them."""

    first: int
    last: int
    texts: Sequence[str]
    room: Span


def line(texts: Sequence[str], language: str | None) -> str:
    """Return the words as one line."""
    return wording.clean(wording.join(texts, language=language))


def reworded(
    texts: Sequence[str], places: Sequence[Span], typed: str, *, room: Span, language: str | None
) -> list[Reworded]:
    """Return the words of ``typed``, which stands for ``texts``, said at ``places`` (seconds, in order).

    ``room`` is around all places, with the silence on both sides that new words may have. Nothing is returned for an
    empty line, and every word is kept where nothing but spaces was changed.
    """
    new = wording.clean(typed)
    pieces = pieces_of(new, language)
    kept = _kept(texts, pieces, language)
    made: list[Reworded] = []
    edges = [(-1, 0, 0), *kept, (len(texts), len(pieces), len(pieces))]
    for left, right in pairwise(edges):
        if left[0] >= 0:
            made.append(Reworded(written(new, pieces[left[1] : left[2]], language), places[left[0]], left[0]))
        if left[0] == 0:
            made = _leading(made)
        words = [written(new, word, language) for word in words_of(new, pieces[left[2] : right[1]], language)]
        before = made[-1].place.end if made else room.start
        after = places[right[0]].start if right[0] < len(places) else room.end
        gap = _Gap(left[0] + 1, right[0], words, Span(before, max(before, after)))
        made = _filled(made, gap, places)
    return made


def _kept(texts: Sequence[str], pieces: Sequence[Piece], language: str | None) -> list[tuple[int, int, int]]:
    """Return the old words that are in the new line, each with where its pieces begin and end there."""
    own = [[piece.text for piece in pieces_of(wording.clean(text), language)] for text in texts]
    begins = list(accumulate((len(each) for each in own), initial=0))
    return [
        (number, begins[number] - at + there, begins[number + 1] - at + there)
        for at, there, size in _same([text for each in own for text in each], [piece.text for piece in pieces])
        for number in range(len(texts))
        if at <= begins[number] < begins[number + 1] <= at + size
    ]


def _same(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield what both have in the same order: where it begins in each, and how long it is.

    First what both begin and end with, so that one wrong word among several alike is found where it is.
    """
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    tail = next((at for at in range(most - head) if old[-1 - at] != new[-1 - at]), most - head)
    yield 0, 0, head
    middle = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    for block in middle.get_matching_blocks():
        yield head + block.a, head + block.b, block.size
    yield len(old) - tail, len(new) - tail, tail


def _filled(made: list[Reworded], gap: _Gap, places: Sequence[Span]) -> list[Reworded]:
    """Return what is made so far with the words of the gap."""
    count = gap.last - gap.first
    if count == len(gap.texts):
        return made + [Reworded(text, places[gap.first + at], gap.first + at) for at, text in enumerate(gap.texts)]
    if not gap.texts:
        return made
    place = _place(gap, places, is_first=not made)
    least = sum(map(len, gap.texts)) * _LEAST
    is_enough = place.length > 0 if count else place.length >= least
    if made and not is_enough:
        *others, last = made
        return others + _shared([last.text, *gap.texts], Span(last.place.start, max(place.end, last.place.end)))
    return made + _shared(gap.texts, place)


def _place(gap: _Gap, places: Sequence[Span], *, is_first: bool) -> Span:
    """Return the time of the words that stood in the gap, made longer into the silence where it is too short."""
    room, wanted = gap.room, sum(map(len, gap.texts))
    old = places[gap.first : gap.last]
    edge = room.end if is_first else room.start
    start = min(max(old[0].start, room.start), room.end) if old else edge
    end = min(max(start, *(place.end for place in old)), room.end) if old else edge
    if end - start >= wanted * _LEAST:
        return Span(start, end)
    end = min(room.end, start + wanted * _PACE)
    return Span(max(room.start, min(start, end - wanted * _PACE)), end)


def _shared(texts: Sequence[str], place: Span) -> list[Reworded]:
    """Return the words one after the other in that time, each by its length."""
    ends = list(accumulate((max(len(text), 1) for text in texts), initial=0))
    moments = [place.start + place.length * end / ends[-1] for end in ends]
    moments[-1] = place.end
    return [Reworded(text, Span(*edges)) for text, edges in zip(texts, pairwise(moments), strict=True)]


def _leading(made: list[Reworded]) -> list[Reworded]:
    """Let words that were added before the first one share its time, where there is no silence for them."""
    *added, first = made
    if not added or added[-1].place.end - added[0].place.start >= sum(len(word.text) for word in added) * _LEAST:
        return made
    return _shared([word.text for word in made], Span(added[0].place.start, first.place.end))
