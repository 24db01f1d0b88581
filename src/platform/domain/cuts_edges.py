"""Where a clip of whole sentences begins and ends; pure.

The words say which pause it is, the pause says where the cut lies: see ``cuts``.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

import msgspec

from . import cuts
from .sentences import Sentence
from .timeline import Span, overlap
from .transcript import Word

LEAD_SECONDS = 0.25  # of a long pause is heard before the first word …
TAIL_SECONDS = 0.4  # … and after the last
APART_SECONDS = 0.05  # at least a frame between two clips
_REACH = 1.5  # how far from the edge of a sentence a pause is looked for …
_FAR = 8.0  # … and how far where the words are so wrong that their edges say nothing
_UNRELIABLE = 0.15  # seconds by which words reach into pauses, from which on that is so
_DOUBT = (0.05, 0.4)  # bounds of that measure
_LONG_PAUSE = 0.3  # such pauses are no part of any word
_ENOUGH = 0.5  # seconds of pause; a longer one is no better a place
# What a second costs in the choice of a pause: to lose what belongs to the clip, to take in what does not, to be
# farther from the words.
_LOST, _FOREIGN, _FAR_OFF = 3.0, 2.0, 0.3
_UNHEARD = 1.0  # to trust a long gap between words in which the sound is not silent: a noisy room, music

Kind = Literal["pause", "gap", "speech"]


class Edge(msgspec.Struct, frozen=True):
    """A place to cut; ``room``: the silence around it, inside which it may move.

    ``kind``: "pause" is one of the sound, "gap" one between words, "speech" where somebody else is speaking.
    """

    at: float
    room: Span
    kind: Kind


class Edges(msgspec.Struct, frozen=True):
    """Where a clip begins that begins with sentence number *n*, and where one ends that ends with it.

    ``are_words_exact``: whether the edge of a word is a place to cut where there is no pause.
    """

    opens: tuple[Edge, ...]
    closes: tuple[Edge, ...]
    are_words_exact: bool = True


class _Ground(msgspec.Struct, frozen=True):
    """What cuts are made in: sorted, apart from each other. ``doubt``: by how many seconds words are wrong."""

    duration: float
    words: Sequence[Word]
    pauses: Sequence[Span]
    gaps: Sequence[Span]
    doubt: float


class _Border(msgspec.Struct, frozen=True):
    """What is between two sentences, ``gap``, seen from the one that is in the clip, ``within``."""

    gap: Span
    within: Span
    is_end: bool


def edges(sentences: Sequence[Sentence], pauses: Sequence[Span], *, duration: float) -> Edges:
    """Return where clips of whole sentences begin and end.

    ``sentences`` by start, ``pauses`` sorted, apart, at least ``cuts.LEAST_PAUSE`` long; seconds. Steps for each edge:

    1. the pause within 1.5 s that fits best: near the gap between the words, long, outside the sentence rather than
       inside; "near" is as exact as the words have been found to be. Not one for which half a second of speech would
       have to be lost or taken in although the words themselves are that far apart;
    2. in it, at most 0.25 s before the first word or 0.4 s after the last one, in the middle of a short pause;
    3. without a pause the nearest gap between words in which nobody speaks, else the edge of the word itself.
    """
    ground = _ground(sentences, pauses, duration)
    ends = list(accumulate((sentence.end for sentence in sentences), max))
    starts = [sentence.start for sentence in sentences]
    before, after = [0.0, *ends[:-1]], [*starts[1:], max(duration, ends[-1] if ends else 0.0)]
    whole = [Span(start, end) for start, end in zip(starts, ends, strict=True)]
    opens = (_edge(ground, _opening(gap, span)) for gap, span in zip(before, whole, strict=True))
    closes = (_edge(ground, _closing(span, gap)) for span, gap in zip(whole, after, strict=True))
    return Edges(tuple(opens), tuple(closes), are_words_exact=ground.doubt < _UNRELIABLE)


def parted(first: Edge, second: Edge) -> tuple[float, float] | None:
    """Return where one clip ends and the next begins, a frame apart, in milliseconds; None where there is no room."""
    if round(second.at, 3) - round(first.at, 3) >= APART_SECONDS:
        return round(first.at, 3), round(second.at, 3)
    low, high = max(first.room.start, second.room.start), min(first.room.end, second.room.end)
    if high - low < APART_SECONDS:
        return None
    half = APART_SECONDS / 2
    middle = min(max((first.at + second.at) / 2, low + half), high - half)
    end = round(middle - half, 3)
    return end, round(end + APART_SECONDS, 3)


def after(room: Span) -> float:
    """Return where to end in a silence: a little after the last word."""
    return room.start + min(TAIL_SECONDS, room.length / 2)


def _ground(sentences: Sequence[Sentence], pauses: Sequence[Span], duration: float) -> _Ground:
    every = [word for sentence in sentences for word in sentence.words or (_whole(sentence),)]
    words = tuple(sorted(every, key=lambda word: word.start))
    kept = tuple(pause for pause in pauses if pause.length >= cuts.LEAST_PAUSE)
    return _Ground(duration, words, kept, cuts.gaps(words, duration), _doubt(words, kept))


def _whole(sentence: Sentence) -> Word:
    return Word(start=sentence.start, end=sentence.end, text=sentence.text)


def _doubt(words: Sequence[Word], pauses: Sequence[Span]) -> float:
    """Return how far words reach into long pauses where it is bad (three pauses in four are better)."""
    low, high = _DOUBT
    reaching: list[float] = []
    at = 0
    for pause in (pause for pause in pauses if pause.length >= _LONG_PAUSE):
        while at < len(words) and words[at].end <= pause.start:
            at += 1
        reaching.append(sum(overlap(pause, Span(word.start, word.end)) for word in cuts.until(words, at, pause.end)))
    return min(max(sorted(reaching)[len(reaching) * 3 // 4], low), high) if reaching else low


def _opening(before: float, within: Span) -> _Border:
    return _Border(
        Span(min(before, within.start), within.start) if before <= within.start else _point(within.start),
        within,
        is_end=False,
    )


def _closing(within: Span, after: float) -> _Border:
    return _Border(Span(within.end, after) if after >= within.end else _point(within.end), within, is_end=True)


def _point(at: float) -> Span:
    return Span(at, at)


def _edge(ground: _Ground, border: _Border) -> Edge:
    is_exact = ground.doubt < _UNRELIABLE
    said = _UNHEARD - min(border.gap.length, _ENOUGH) if is_exact and border.gap.length >= _LONG_PAUSE else math.inf
    for reach in (_REACH,) if is_exact else (_REACH, _FAR):
        near = [pause for pause in cuts.near(ground.pauses, border.gap, reach) if not _is_deep(pause, border)]
        worth = {pause: _wrong(pause, border, ground.doubt) - min(pause.length, _ENOUGH) for pause in near}
        pause = min(near, key=worth.__getitem__, default=None)
        if pause and worth[pause] <= said:
            return _placed(_spared(pause, ground, border), ground, border, "pause")
    silent = [gap for gap in cuts.near(ground.gaps, border.gap, _REACH) if not _is_deep(gap, border)]
    if gap := min(silent, key=lambda gap: _wrong(gap, border, 0.0), default=None):
        return _placed(gap, ground, border, "gap")
    at = border.within.end if border.is_end else border.within.start
    return Edge(at, _point(at), "speech")


def _wrong(place: Span, border: _Border, slack: float) -> float:
    """Return what it costs to cut there; see the constants. Up to ``slack`` seconds the words may be wrong."""
    early, late = max(border.gap.start - place.end, 0.0), max(place.start - border.gap.end, 0.0)
    lost, foreign = (early, late) if border.is_end else (late, early)
    target = border.gap.start if border.is_end else border.gap.end
    off = max(place.start - target, target - place.end, 0.0)
    return _LOST * max(lost - slack, 0.0) + _FOREIGN * max(foreign - slack, 0.0) + _FAR_OFF * off


def _is_deep(place: Span, border: _Border) -> bool:
    """Whether half of what is in the clip would be lost."""
    half = border.within.length / 2
    if border.is_end:
        return place.end < border.gap.start and border.gap.start - place.start >= half
    return place.start > border.gap.end and place.end - border.gap.end >= half


def _spared(pause: Span, ground: _Ground, border: _Border) -> Span:
    """Return the part of a pause between the words on both sides of the border, if the engine hears whispers in it."""
    deep = Span(pause.start + ground.doubt, pause.end - ground.doubt)
    low, high = pause.start, pause.end
    first = bisect_left(ground.words, deep.start, key=lambda word: word.start)
    for word in cuts.until(ground.words, first, deep.end):
        if word.end <= deep.end and word.end <= border.gap.start:
            low = max(low, word.end)
        elif word.end <= deep.end and word.start >= border.gap.end:
            high = min(high, word.start)
    return Span(low, high) if high - low >= cuts.LEAST_PAUSE else pause


def _placed(room: Span, ground: _Ground, border: _Border, kind: Kind) -> Edge:
    most = TAIL_SECONDS if border.is_end else LEAD_SECONDS
    # What lies before the first word and after the last is nobody else's.
    is_outer = room.end >= ground.duration if border.is_end else room.start <= 0
    inset = min(most, room.length if is_outer else room.length / 2)
    return Edge(room.start + inset if border.is_end else room.end - inset, room, kind)
