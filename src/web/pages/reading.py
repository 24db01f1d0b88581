"""A transcript cut for the page: lines of a few words each, in parts that the browser loads one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from ...platform.domain import wording
from ...platform.domain.transcript import Segment, Transcript, Word

# A part of this size is rendered within some milliseconds, so other requests hardly wait for it.
PART_LINES = 250
# Below this the page marks a word as unsure.
_UNSURE = 0.4
# Colours of speakers; further ones begin anew, their names tell them apart.
_COLOURS = 8


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A word with its punctuation; ``start`` in seconds, None where it has no time; ``after`` is the space behind."""

    text: str
    after: str = ""
    start: float | None
    unsure: bool


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A segment; ``label`` is empty while the same person goes on, ``colour`` counts from 1, 0 for nobody."""

    id: str
    start: float
    end: float
    label: str
    colour: int
    pieces: tuple[Piece, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Lines ``begin`` and following; ``next`` is where the next part begins, None after the last."""

    begin: int
    lines: tuple[Line, ...]
    next: int | None
    language: str | None


def part(transcript: Transcript, begin: int) -> Part:
    """Return the part of the transcript that begins with line ``begin``."""
    begin = min(begin, len(transcript.segments))
    end = begin + PART_LINES
    before = transcript.segments[begin - 1] if begin else None
    chosen = [before, *transcript.segments[begin:end]]
    people = {speaker.id: (speaker.label, number) for number, speaker in enumerate(transcript.speakers)}
    return Part(
        begin=begin,
        lines=tuple(_line(segment, previous, people) for previous, segment in pairwise(chosen) if segment),
        next=end if end < len(transcript.segments) else None,
        language=transcript.language,
    )


def _line(segment: Segment, previous: Segment | None, people: dict[str, tuple[str, int]]) -> Line:
    label, number = people.get(segment.speaker or "", ("", -1))
    goes_on = previous is not None and previous.speaker == segment.speaker
    return Line(
        id=segment.id,
        start=segment.start,
        end=segment.end,
        label="" if goes_on else label,
        colour=number % _COLOURS + 1 if number >= 0 else 0,
        pieces=tuple(_pieces(segment)),
    )


def _pieces(segment: Segment) -> Iterator[Piece]:
    texts = _texts(segment)
    if texts is None:
        yield Piece(text=segment.text, start=None, unsure=False)
        return
    for word, text in zip(segment.words, texts, strict=True):
        kept = text.rstrip()
        yield Piece(text=kept, after=text[len(kept) :], start=word.start, unsure=_is_unsure(word))


def _texts(segment: Segment) -> Sequence[str] | None:
    return wording.slices(segment.text, [word.text for word in segment.words])


def _is_unsure(word: Word) -> bool:
    return word.confidence is not None and word.confidence < _UNSURE
