"""What the model heard in one stretch becomes segments of the whole recording; pure.

Its times are the weak side: it may give whole seconds, the same second twice, or times after the end. They are
kept where they can be true, and guessed from the length of the texts where they cannot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from ...domain import languages
from ...domain.timeline import Span
from ...domain.transcript import Segment
from ...errors import UnsupportedOption
from ..phrases import Sound, without_loops
from . import plain
from .shapes import Heard, Said

_CLOCK = re.compile(r"\s*(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5}(?:[.,]\d+)?)\s*s?\s*")
# "[music]", "(applause)", "♪": no words.
_NO_WORDS = re.compile(r"[\[(<*♪][^\])>*♪]*[\])>*♪]?\.?")
# A start this far after the end of the file is a rounded one; more is invented.
_TOLERANCE_SECONDS = 1.0
# The fastest speakers reach 25 characters per second; short calls get room for what is cut off.
_MOST_CHARACTERS_PER_SECOND = 40
_ALWAYS_CHARACTERS = 80


class Written(NamedTuple):
    """The segments of one stretch, without ids; ``guessed``: their times are; ``refused``: the text was invented."""

    segments: tuple[Segment, ...]
    guessed: bool = False
    refused: bool = False


def written(heard: Heard, span: Span, *, sounding: float, language: str | None) -> Written:
    """Return the text of the stretch ``span`` with times in the whole recording, sorted, not overlapping.

    ``sounding``: how many of its seconds are not silent. Text for what has no speech, or more than anybody could
    say in that time, is refused; repetitions far beyond speech are cut.
    """
    said = _without_loops(_cleaned(heard.segments), language)
    characters = sum(len(each.text) for each in said)
    if said and (not heard.has_speech or characters > _ALWAYS_CHARACTERS + _MOST_CHARACTERS_PER_SECOND * sounding):
        return Written((), refused=True)
    starts = [seconds(each.start) for each in said]
    ends = [seconds(each.end) for each in said]
    sure = _can_be_true(starts, span.length)
    if not sure:
        starts, ends = [0.0] * len(said), [None] * len(said)
    return Written(_placed(said, [start or 0.0 for start in starts], ends, span), guessed=not sure)


def seconds(text: str) -> float | None:
    """Return the seconds of MM:SS.s, H:MM:SS or plain seconds; None for anything else.

    >>> seconds("01:07.5"), seconds("1:00:02"), seconds("9"), seconds("soon")
    (67.5, 3602.0, 9.0, None)
    """
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    return int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + float(found[3].replace(",", "."))


def spoken_language(heard_language: str) -> str | None:
    """Return the code of the language that the model named, None where it is none that we know."""
    try:
        return languages.parse(heard_language)
    except UnsupportedOption:
        return None


def _cleaned(said: Sequence[Said]) -> list[Said]:
    texts = [plain.line(each.text) for each in said]
    return [
        Said(start=each.start, end=each.end, text=text)
        for each, text in zip(said, texts, strict=True)
        if text and not _NO_WORDS.fullmatch(text)
    ]


def _without_loops(said: Sequence[Said], language: str | None) -> list[Said]:
    """Keep one round of what repeats itself, inside a segment and over several."""
    unspaced = languages.is_unspaced(language)
    words = [list(each.text) if unspaced else each.text.split() for each in said]
    # Places stand for times: what comes back tells which words were kept.
    sounds = [
        Sound(start=number, end=number, text=word)
        for number, texts in enumerate(words)
        for word in texts
        if word.strip()
    ]
    kept = without_loops(sounds)
    if len(kept) == len(sounds):
        return list(said)
    texts: dict[int, list[str]] = {}
    for sound in kept:
        texts.setdefault(int(sound.start), []).append(sound.text)
    joint = "" if unspaced else " "
    return [
        Said(start=said[number].start, end=said[number].end, text=joint.join(texts[number])) for number in sorted(texts)
    ]


def _can_be_true(starts: Sequence[float | None], length: float) -> bool:
    known = [start for start in starts if start is not None]
    return len(known) == len(starts) and known == sorted(known) and all(s < length + _TOLERANCE_SECONDS for s in known)


def _placed(said: Sequence[Said], starts: list[float], ends: Sequence[float | None], span: Span) -> tuple[Segment, ...]:
    length = span.length
    firm = _spread([min(start, length) for start in starts], [len(each.text) for each in said], length)
    segments = []
    for number, each in enumerate(said):
        following = firm[number + 1] if number + 1 < len(said) else length
        end = min(ends[number] or 0.0, following)
        end = end if end > firm[number] else following
        start, end = (min(round(span.start + time, 3), span.end) for time in (firm[number], end))
        segments.append(Segment(id="", start=start, end=end, text=each.text))
    return tuple(segments)


def _spread(starts: list[float], sizes: Sequence[int], length: float) -> list[float]:
    """Part those that begin at the same moment by the sizes of their texts, up to the next that begins later.

    >>> _spread([0.0, 0.0, 6.0], [10, 20, 5], 9.0)
    [0.0, 2.0, 6.0]
    """
    spread: list[float] = []
    while (first := len(spread)) < len(starts):
        same = starts.count(starts[first])
        later = next((start for start in starts[first + same :]), length)
        # What would begin at the very end gets the last moment before it.
        begin = min(starts[first], max(later - 0.1 * same, spread[-1] if spread else 0.0))
        group = sizes[first : first + same]
        before = [0, *accumulate(group)][:-1]
        spread.extend(begin + (later - begin) * done / sum(group) for done in before)
    return spread
