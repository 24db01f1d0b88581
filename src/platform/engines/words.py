"""Where the words of a text are, and when: from the times of its characters, or by a guess; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import msgspec

from ..domain.timeline import Span, subtract, total
from ..domain.transcript import Segment, Word
from .phrases import Sound, milliseconds, phrases

Range = tuple[int, int]

# In text without spaces: a Latin word or number stays whole, every other sign is a word of its own.
_SIGNS = re.compile(r"[A-Za-z0-9]+|\S")
# Marks and punctuation belong to the sign before them.
_JOINED = ("M", "P")

# A word that begins where one span ends begins with the next one; seconds, far less than a sample lasts.
_EPSILON = 1e-6


@dataclass(frozen=True, kw_only=True)
class Placed:
    """When a character is heard, in seconds from the start of the file, and how sure that is (0 to 1)."""

    start: float
    end: float
    score: float


def ranges(text: str, *, spaced: bool) -> list[Range]:
    """Return where each word begins and ends in ``text``; all that is not white space lies in one.

    >>> ranges("on 12 May", spaced=True), ranges("我有GPT。", spaced=False)
    ([(0, 2), (3, 5), (6, 9)], [(0, 1), (1, 2), (2, 6)])
    """
    if spaced:
        return [match.span() for match in re.finditer(r"\S+", text)]
    found: list[Range] = []
    for match in _SIGNS.finditer(text):
        begin, end = match.span()
        if found and found[-1][1] == begin and unicodedata.category(text[begin]).startswith(_JOINED):
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


def heard(segment: Segment, places: Sequence[Placed | None], *, spaced: bool) -> tuple[Word, ...]:
    """Return the words of ``segment``, whose characters are heard at ``places``; sorted, inside it, not overlapping.

    A word without a single placed character gets the time between its neighbours. No words where no character has a
    place.
    """
    if not any(places):
        return ()
    words = [_heard(segment.text, places, part) for part in ranges(segment.text, spaced=spaced)]
    done: list[Word] = []
    for is_known, group in groupby(words, key=lambda word: word.confidence is not None):
        if is_known:
            done.extend(_after(done, segment, list(group)))
        else:
            lost = list(group)
            following = words[len(done) + len(lost)].start if len(done) + len(lost) < len(words) else segment.end
            start = done[-1].end if done else segment.start
            done.extend(_spread([word.text for word in lost], [Span(start, max(start, min(following, segment.end)))]))
    return tuple(done)


def guessed(segment: Segment, silences: Sequence[Span], *, spaced: bool) -> tuple[Word, ...]:
    """Spread the words of ``segment`` over what of it is not silent, by their length; none has a confidence."""
    whole = Span(segment.start, segment.end)
    audible = subtract([whole], silences)
    return tuple(_spread([segment.text[a:b] for a, b in ranges(segment.text, spaced=spaced)], audible or [whole]))


def cut(segment: Segment, *, spaced: bool) -> tuple[Segment, ...]:
    """Part a long block at pauses and ends of sentences, as ``phrases`` does; text and words stay the same.

    A segment whose words are not those of its text stays whole.
    """
    parts = ranges(segment.text, spaced=spaced)
    if not segment.words or [segment.text[a:b] for a, b in parts] != [word.text for word in segment.words]:
        return (segment,)
    sounds = [Sound(start=word.start, end=word.end, text=word.text) for word in segment.words]
    pieces = [len(phrase) for phrase in phrases(sounds)]
    return tuple(_pieces(segment, parts, pieces)) if len(pieces) > 1 else (segment,)


def _pieces(segment: Segment, parts: Sequence[Range], counts: Sequence[int]) -> Iterator[Segment]:
    first = 0
    for number, count in enumerate(counts, start=1):
        last = first + count
        words = segment.words[first:last]
        yield msgspec.structs.replace(
            segment,
            id=segment.id if number == 1 else f"{segment.id}.{number}",
            start=words[0].start,
            end=words[-1].end,
            text=segment.text[parts[first][0] : parts[last - 1][1]],
            words=words,
        )
        first = last


def _heard(text: str, places: Sequence[Placed | None], part: Range) -> Word:
    spelled = text[slice(*part)]
    found = [(sign, place) for sign, place in zip(spelled, places[slice(*part)], strict=False) if place is not None]
    # A comma is not heard: WhisperX puts it somewhere into the pause, which is no part of the word.
    known = [place for sign, place in found if sign.isalnum()] or [place for _, place in found]
    if not known:
        return Word(start=0.0, end=0.0, text=spelled)
    return Word(
        start=min(place.start for place in known),
        end=max(place.end for place in known),
        text=spelled,
        confidence=round(min(max(sum(place.score for place in known) / len(known), 0.0), 1.0), 3),
    )


def _after(done: Sequence[Word], segment: Segment, words: Sequence[Word]) -> Iterator[Word]:
    reached = done[-1].end if done else segment.start
    for word in words:
        start = milliseconds(min(max(word.start, reached), segment.end))
        reached = milliseconds(min(max(word.end, start), segment.end))
        yield msgspec.structs.replace(word, start=start, end=reached)


def _spread(texts: Sequence[str], over: Sequence[Span]) -> Iterator[Word]:
    seconds_per_sign = total(over) / max(sum(len(text) for text in texts), 1)
    signs = 0
    for text in texts:
        start = _moment(over, signs * seconds_per_sign + _EPSILON)
        signs += len(text)
        end = _moment(over, signs * seconds_per_sign)
        yield Word(start=milliseconds(start), end=milliseconds(max(start, end)), text=text)


def _moment(over: Sequence[Span], seconds: float) -> float:
    """Return the first moment before which ``over`` has lasted for ``seconds``."""
    for span in over:
        if seconds <= span.length:
            return span.start + seconds
        seconds -= span.length
    return over[-1].end
