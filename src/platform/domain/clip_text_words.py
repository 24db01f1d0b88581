"""The words of a transcript, each with the marks and spaces that stand at it, ready to be cut; pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Generic, TypeVar

import msgspec

from . import subtitle_tokens, word_pieces, wording
from .clips import ClipWord
from .timeline import Span
from .transcript import Segment, Transcript

_WIDEST = 42  # places; longer text without a space is cut between its signs
_LONGEST_SPEAKER = 100  # characters, as ``ClipWord`` has it
_MOST_AT_ONCE = 20  # segments before a moment in which its own is looked for


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A word; ``written``: as it stands in the text, up to the next word. Words of one ``group`` stay together.

    ``is_timed`` is False where the text has no word times: then it has its share of the time of its segment.
    """

    start: float
    end: float
    text: str
    written: str
    speaker: str | None
    group: tuple[int, int]
    confidence: float | None = None
    is_timed: bool = True


Timed = TypeVar("Timed", Said, ClipWord)


class Near(Generic[Timed]):
    """Words that can be asked for by their time."""

    def __init__(self, said: Sequence[Timed]) -> None:
        """``said`` in the order in which they are given back."""
        self._order: list[tuple[int, Timed]] = sorted(enumerate(said), key=lambda item: item[1].start)
        self._longest = max((word.end - word.start for word in said), default=0.0)

    def span(self, span: Span) -> list[Timed]:
        """Return all words that touch the span, perhaps some more."""
        first, last = (
            bisect_left(self._order, moment, key=lambda item: item[1].start)
            for moment in (span.start - self._longest, span.end)
        )
        return [word for _, word in sorted(self._order[first:last], key=lambda item: item[0])]


def of(transcript: Transcript) -> list[Said]:
    """Return what the transcript says, in its order; a group is what one speaker says in one segment."""
    return [said for number, segment in enumerate(transcript.segments) for said in _parts(segment, number)]


def corrected(transcript: Transcript, words: Sequence[ClipWord]) -> list[Said]:
    """Return the words of a person in groups as those of the transcript; who names no speaker has the segment's."""
    homes, spoken = _ordered(transcript, words)
    texts = [wording.clean(word.text) for word in spoken]
    return list(
        _grouped(
            Said(
                start=word.start,
                end=max(word.start, word.end),
                text=text,
                written=written,
                speaker=word.speaker or (transcript.segments[home].speaker if transcript.segments else None),
                group=(home, 0),
            )
            for word, text, written, home in zip(
                spoken, texts, _written(spoken, texts, transcript.language), homes, strict=True
            )
        )
    )


def ordered(transcript: Transcript, words: Sequence[ClipWord]) -> list[ClipWord]:
    """Return the words of a person segment by segment, so that people who speak at once are told apart."""
    return _ordered(transcript, words)[1]


def as_clip_words(said: Said, language: str | None) -> Iterator[ClipWord]:
    """Yield the word with what is written at it; more than a ``ClipWord`` can hold becomes several."""
    speaker = wording.clean(said.speaker or "")[:_LONGEST_SPEAKER] or None
    text = word_pieces.spelled(said.written, language)
    if len(text) <= word_pieces.MOST_SIGNS:
        if text:
            yield ClipWord(start=said.start, end=max(said.start, said.end), text=text, speaker=speaker)
        return
    whole = Segment(id="", start=said.start, end=max(said.start, said.end), text=text)
    for token in subtitle_tokens.tokens(whole, widest=_WIDEST):
        yield ClipWord(start=token.start, end=token.end, text=token.text, speaker=speaker)


def _parts(segment: Segment, number: int) -> Iterator[Said]:
    """Yield the words of a segment; where a person wrote another text than they make, its parts by their length."""
    written = wording.slices(segment.text, [word.text for word in segment.words])
    return _untimed(segment, number) if written is None else _timed(segment, number, written)


def _timed(segment: Segment, number: int, written: Sequence[str]) -> Iterator[Said]:
    return _grouped(
        Said(
            start=word.start,
            end=word.end,
            text=word.text,
            written=part,
            speaker=word.speaker or segment.speaker,
            group=(number, 0),
            confidence=word.confidence,
        )
        for word, part in zip(segment.words, written, strict=True)
    )


def _untimed(segment: Segment, number: int) -> Iterator[Said]:
    for token in subtitle_tokens.tokens(segment, widest=_WIDEST):
        yield Said(
            start=token.start,
            end=token.end,
            text=token.text,
            written=f" {token.text}" if token.spaced else token.text,
            speaker=segment.speaker,
            group=(number, 0),
            is_timed=False,
        )


def _written(words: Sequence[ClipWord], texts: Sequence[str], language: str | None) -> list[str]:
    spelled = [word_pieces.spelled(word.text, language) for word in words]
    return wording.slices(wording.join(spelled, language=language), texts) or [f"{text} " for text in texts]


def _ordered(transcript: Transcript, words: Sequence[ClipWord]) -> tuple[list[int], list[ClipWord]]:
    """Return the numbers of the segments that the words are in, and the words, in the order of these."""
    spoken = [word for word in sorted(words, key=lambda word: word.start) if wording.clean(word.text)]
    homes = _homes(transcript.segments, spoken)
    order = sorted(range(len(spoken)), key=homes.__getitem__)
    return [homes[at] for at in order], [spoken[at] for at in order]


def _grouped(said: Iterator[Said]) -> Iterator[Said]:
    """Give a group of its own to each stretch of one speaker in a segment."""
    for number, (_, stretch) in enumerate(groupby(said, key=lambda word: (word.group, word.speaker))):
        for word in stretch:
            yield msgspec.structs.replace(word, group=(word.group[0], number))


def _homes(segments: Sequence[Segment], words: Sequence[ClipWord]) -> list[int]:
    """Return to which segment each word belongs: of those that last then its speaker's, else the one before it."""
    homes: list[int] = []
    for word in words:
        middle = (word.start + word.end) / 2
        until = bisect_left(segments, middle, key=lambda segment: segment.start)
        lasting = [at for at in range(max(until - _MOST_AT_ONCE, 0), until) if segments[at].end >= middle]
        own = [at for at in lasting if segments[at].speaker == word.speaker]
        homes.append([max(until - 1, 0), *lasting[-1:], *own[-1:]][-1])
    return homes
