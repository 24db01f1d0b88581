"""A transcript cut for the page: lines of a few words each, in parts that the browser loads one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from ...platform.domain import wording
from ...platform.domain.insights import Feeling, Insights
from ...platform.domain.transcript import Segment, Transcript, Word
from .places import PART_LINES, Places

# Below this the page marks a word as unsure.
UNSURE = 0.4
# Colours of speakers; further ones begin anew, their names tell them apart.
_COLOURS = 8


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A word with its punctuation; ``start`` in seconds, None where it has no time; ``after`` is the space behind."""

    text: str
    after: str = ""
    start: float | None
    unsure: bool


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A segment; ``label`` is empty while the same person goes on, ``colour`` counts from 1, 0 for nobody.

    ``chapters``: the titles of those that begin here; ``begins``: a paragraph does; ``feelings``: what is not neutral;
    ``language``: its own, where it is not that of the part, as it could not be translated.
    """

    id: str
    start: float
    end: float
    label: str
    colour: int
    pieces: tuple[Piece, ...]
    chapters: tuple[str, ...]
    begins: bool
    feelings: tuple[Feeling, ...]
    language: str | None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Lines ``begin`` and following; ``next`` is where the next part begins, None after the last.

    ``translation``: the language that they are translated into, empty for the text as it was said.
    """

    begin: int
    lines: tuple[Line, ...]
    next: int | None
    language: str | None
    translation: str


class _Context(msgspec.Struct, frozen=True, kw_only=True):
    people: Mapping[str, tuple[str, int]]
    translated: Mapping[str, str] | None
    chapters: Mapping[int, tuple[str, ...]]
    feelings: Mapping[int, tuple[Feeling, ...]]
    paragraphs: frozenset[str]
    language: str | None


def insights(transcript: Transcript) -> Insights:
    """Return what was found out about the text; all of it is empty where nothing was."""
    return transcript.insights if isinstance(transcript.insights, Insights) else Insights()


def part(transcript: Transcript, begin: int, *, translation: str = "") -> Part:
    """Return the part of the transcript that begins with line ``begin``, in a language that there is, or as said."""
    begin = min(begin, len(transcript.segments))
    end = begin + PART_LINES
    before = transcript.segments[begin - 1] if begin else None
    chosen = [before, *transcript.segments[begin:end]]
    translated = _translated(transcript, translation)
    context = _context(transcript, translated)
    return Part(
        begin=begin,
        lines=tuple(
            _line(number, segment, previous, context)
            for number, (previous, segment) in enumerate(pairwise(chosen), start=begin)
            if segment
        ),
        next=end if end < len(transcript.segments) else None,
        language=transcript.language if translated is None else translation,
        translation=translation if translated is not None else "",
    )


def count_unsure(transcript: Transcript) -> int:
    """Return how many words of the transcript the page marks."""
    return sum(_is_unsure(word) for segment in transcript.segments for word in segment.words)


def people(transcript: Transcript) -> dict[str, tuple[str, int]]:
    """Return the label and the colour of each speaker."""
    return {each.id: (each.label, number % _COLOURS + 1) for number, each in enumerate(transcript.speakers)}


def _translated(transcript: Transcript, language: str) -> dict[str, str] | None:
    for each in insights(transcript).translations:
        if language and each.language == language:
            return {segment.id: segment.text for segment in each.segments}
    return None


def _context(transcript: Transcript, translated: Mapping[str, str] | None) -> _Context:
    told, places = insights(transcript), Places(transcript.segments)
    chapters: defaultdict[int, list[str]] = defaultdict(list)
    for chapter in sorted(told.chapters, key=lambda each: each.start):
        chapters[places.index(chapter.start)].append(chapter.gist or chapter.headline or "Untitled")
    feelings: defaultdict[int, list[Feeling]] = defaultdict(list)
    for said in told.sentiments:
        if said.sentiment != "neutral":
            feelings[places.index((said.start + said.end) / 2)].append(said.sentiment)
    return _Context(
        people=people(transcript),
        translated=translated,
        chapters={number: tuple(titles) for number, titles in chapters.items()},
        feelings={number: tuple(sorted(set(all_of_it))) for number, all_of_it in feelings.items()},
        paragraphs=frozenset(told.paragraphs),
        language=transcript.language,
    )


def _line(number: int, segment: Segment, previous: Segment | None, context: _Context) -> Line:
    label, colour = context.people.get(segment.speaker or "", ("", 0))
    goes_on = previous is not None and previous.speaker == segment.speaker
    is_missing = context.translated is not None and segment.id not in context.translated
    return Line(
        id=segment.id,
        start=segment.start,
        end=segment.end,
        label="" if goes_on else label,
        colour=colour,
        pieces=tuple(_pieces(segment, context.translated)),
        chapters=context.chapters.get(number, ()),
        begins=previous is not None and segment.id in context.paragraphs,
        feelings=context.feelings.get(number, ()),
        language=context.language if is_missing else None,
    )


def _pieces(segment: Segment, translated: Mapping[str, str] | None) -> Iterator[Piece]:
    if translated is not None and segment.id in translated:
        yield Piece(text=translated[segment.id], start=segment.start, unsure=False)
        return
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
    return word.confidence is not None and word.confidence < UNSURE
