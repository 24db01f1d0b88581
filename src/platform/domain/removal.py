"""What is left out inside a clip: pauses that drag on and sounds like "um"; pure.

Pauses come from the sound and are exact; words come from engines and may be off by a few tenths of a second.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby, islice
from typing import Protocol

import msgspec

from . import fillers, timeline
from .clips import MOST_SPANS, Removed
from .timeline import Span

PADDING_SECONDS = 0.15  # of a pause is kept on both sides, so that words do not run into each other
LEAST_SECONDS = 0.2  # a shorter rest is a flash of a picture
_LEAST_HOLE = 0.1  # less is not worth a join
_LEAST_GAP = 0.08  # between words that are not bound to each other: shorter ones are guesses of the engine
_EDGE = 0.01  # as near to the end of a span a filler is at it: both lie in the same silence
_MOST_AROUND = 0.5  # of the silence around a filler goes with it, on each side
_ENGINE_SECONDS = 0.2  # as much longer than the engine says may a filler be


class Spoken(Protocol):
    """A word of a transcript or of a person; seconds of the recording."""

    @property
    def start(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def text(self) -> str: ...


def apply(
    spans: Sequence[Span],
    words: Sequence[Spoken],
    pauses: Sequence[Span],
    *,
    remove_pauses: bool,
    pause_seconds: float,
    remove_fillers: bool,
    language: str | None,
) -> tuple[tuple[Span, ...], tuple[Removed, ...]]:
    """Return what is left of ``spans``, in their order, and what was removed from them, in the order of time.

    Together they are as long as ``spans``. No rest is shorter than 0.2 s, unless a span was, and there are at most
    ``MOST_SPANS`` (the shortest holes are dropped then). The end of a span that lies in a pause stays as it is; a
    filler at the end of a span is cut off.
    """
    found = holes(
        words,
        pauses,
        remove_pauses=remove_pauses,
        pause_seconds=pause_seconds,
        remove_fillers=remove_fillers,
        language=language,
    )
    return cut(spans, found)


def cut(spans: Sequence[Span], found: Sequence[Removed]) -> tuple[tuple[Span, ...], tuple[Removed, ...]]:
    """Return what ``apply`` does, with the ``holes`` of the recording."""
    removed = [inside(found, span) for span in spans]
    room = max(MOST_SPANS - len(spans), 0)
    longest = sorted((_length(hole) for each in removed for hole in each), reverse=True)
    least = longest[room] if len(longest) > room else 0.0
    removed = [[hole for hole in each if _length(hole) > least] for each in removed]
    left = [rest for span, mine in zip(spans, removed, strict=True) for rest in _rest(span, mine)]
    return tuple(left), tuple(sorted((hole for each in removed for hole in each), key=_start))


def holes(
    words: Sequence[Spoken],
    pauses: Sequence[Span],
    *,
    remove_pauses: bool,
    pause_seconds: float,
    remove_fillers: bool,
    language: str | None,
) -> tuple[Removed, ...]:
    """Return what can be left out of the whole recording, sorted, apart from each other or touching."""
    spoken = sorted(words, key=_start)
    found: list[Removed] = []
    if remove_pauses:
        found.extend(_pauses(pauses, spoken, pause_seconds))
    if remove_fillers:
        found.extend(_fillers(spoken, sorted(pauses), language))
    return tuple(_apart(found, spoken))


def _start(each: Spoken | Removed) -> float:
    return each.start


def _length(hole: Removed) -> float:
    return hole.end - hole.start


def _pauses(pauses: Iterable[Span], spoken: Sequence[Spoken], pause_seconds: float) -> Iterator[Removed]:
    for pause in pauses:
        first, last = (bisect_left(spoken, moment, key=_start) for moment in (pause.start, pause.end))
        # A word that reaches into a pause is timed wrongly, one that lies in it may be a whisper: it stays.
        whispered = [Span(word.start, word.end) for word in spoken[first:last] if word.end <= pause.end]
        for rest in timeline.subtract([pause], whispered):
            hole = Removed(start=rest.start + PADDING_SECONDS, end=rest.end - PADDING_SECONDS, kind="pause")
            if rest.length > pause_seconds and _length(hole) >= _LEAST_HOLE:
                yield hole


def _fillers(spoken: Sequence[Spoken], pauses: Sequence[Span], language: str | None) -> Iterator[Removed]:
    """Yield the fillers, neighbours as one, where something parts them from the words on both sides."""
    ends = list(accumulate((word.end for word in spoken), max))
    at = 0
    for is_filler, group in groupby(spoken, key=lambda word: fillers.is_filler(word.text, language)):
        run = list(group)
        first, at = at, at + len(run)
        if not is_filler:
            continue
        before = ends[first - 1] if first else 0.0
        after = spoken[at].start if at < len(spoken) else None
        start = _left(run, before, pauses)
        end = _right(run, after, pauses)
        if start is not None and end is not None and end - start >= _LEAST_HOLE:
            yield Removed(start=start, end=end, kind="filler", text=" ".join(word.text for word in run))


def _left(run: Sequence[Spoken], before: float, pauses: Sequence[Span]) -> float | None:
    """Return where the hole of a filler begins: in the pause before it, else in the gap before it.

    The pause must lie between the filler and the word before, as far as the engine can tell.
    """
    start, middle = run[0].start, _middle(run[0])
    at = bisect_right(pauses, middle, key=lambda pause: pause.end)
    pause = pauses[at - 1] if at else None
    if pause and start - _ENGINE_SECONDS <= pause.end and before <= pause.end:
        return max(_before(pause), min(before, pause.end))
    return _before(Span(before, start)) if start - before >= _LEAST_GAP else None


def _right(run: Sequence[Spoken], after: float | None, pauses: Sequence[Span]) -> float | None:
    end, middle = max(word.end for word in run), _middle(run[-1])
    at = bisect_left(pauses, middle, key=lambda pause: pause.start)
    pause = pauses[at] if at < len(pauses) else None
    limit = pause.end if after is None and pause else end + 2 * PADDING_SECONDS if after is None else after
    if pause and pause.start <= end + _ENGINE_SECONDS and limit >= pause.start:
        return min(_after(pause), max(limit, pause.start))
    return _after(Span(end, limit)) if limit - end >= _LEAST_GAP else None


def _before(gap: Span) -> float:
    """Return where in the silence before a filler the hole begins."""
    return gap.end - min(max(gap.length - PADDING_SECONDS, gap.length / 2), _MOST_AROUND)


def _after(gap: Span) -> float:
    return gap.start + min(max(gap.length - PADDING_SECONDS, gap.length / 2), _MOST_AROUND)


def _middle(word: Spoken) -> float:
    return (word.start + word.end) / 2


def _apart(found: Sequence[Removed], spoken: Sequence[Spoken]) -> Iterator[Removed]:
    """Yield the holes without overlaps; a short rest without a word between two goes, else the shorter hole does."""
    kept: list[Removed] = []
    for hole in sorted((_rounded(hole) for hole in found), key=_start):
        if not kept or hole.start - kept[-1].end >= LEAST_SECONDS:
            kept.append(hole)
        elif hole.start > kept[-1].end and _is_spoken(Span(kept[-1].end, hole.start), spoken):
            kept[-1] = max(kept[-1], hole, key=_length)
        elif hole.end > kept[-1].end:
            kept.append(msgspec.structs.replace(hole, start=kept[-1].end))
    yield from kept


def _rounded(hole: Removed) -> Removed:
    return msgspec.structs.replace(hole, start=round(hole.start, 3), end=round(hole.end, 3))


def _is_spoken(span: Span, spoken: Sequence[Spoken]) -> bool:
    first = bisect_left(spoken, span.start - LEAST_SECONDS, key=_start)
    last = bisect_left(spoken, span.end, key=_start)
    return any(word.end > span.start for word in spoken[first:last])


def inside(found: Sequence[Removed], span: Span) -> list[Removed]:
    """Return the holes in a span that leave rests of 0.2 s; one of a filler may take off an end of it, never all."""
    kept: list[Removed] = []
    reached = span.start
    for hole in islice(found, bisect_right(found, span.start, key=lambda hole: hole.end), None):
        if hole.start >= span.end:
            break
        begins, ends = _begin(hole, span, reached), _finish(hole, span)
        if begins is None or ends is None or (ends == span.end and begins == reached):
            continue
        kept.append(msgspec.structs.replace(hole, start=begins, end=ends))
        reached = ends
    return kept


def _begin(hole: Removed, span: Span, reached: float) -> float | None:
    if hole.start == reached or hole.start - reached >= LEAST_SECONDS:
        return hole.start
    return span.start if hole.kind == "filler" and hole.start <= span.start + _EDGE and reached == span.start else None


def _finish(hole: Removed, span: Span) -> float | None:
    if span.end - hole.end >= LEAST_SECONDS:
        return hole.end
    return span.end if hole.kind == "filler" and hole.end >= span.end - _EDGE else None


def _rest(span: Span, mine: Sequence[Removed]) -> Iterator[Span]:
    reached = span.start
    for hole in mine:
        if hole.start > reached:
            yield Span(reached, hole.start)
        reached = hole.end
    if span.end > reached:
        yield Span(reached, span.end)
