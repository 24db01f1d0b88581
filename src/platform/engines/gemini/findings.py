"""The model's answers, checked against the lines that it was given, become insights; pure.

What names a line that was not given, or a text that is not in it, is dropped and counted. Times come from our
segments, never from the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from ...domain.insights import Chapter, Entity, Highlight, Sentiment
from ...domain.timeline import Span
from . import lines as text_lines
from . import plain
from .lines import Line
from .shapes import KINDS, Begun, Mention, Mood, Phrase

_MOST_HIGHLIGHTS = 20
_MOST_PHRASE_CHARACTERS = 120


class Numbered(Protocol):
    """An answer about one line."""

    @property
    def line(self) -> int:
        """Its number."""


Item = TypeVar("Item", bound=Numbered)


def by_line(items: Sequence[Item], lines: Sequence[Line]) -> tuple[dict[int, Item], int]:
    """Return the first item of each of ``lines``, by number, and how many others there were."""
    numbers = {line.number for line in lines}
    found: dict[int, Item] = {}
    for item in items:
        if item.line in numbers:
            found.setdefault(item.line, item)
    return found, len(items) - len(found)


def chapter_starts(begun: Sequence[Begun], numbers: Sequence[int]) -> tuple[list[Begun], int]:
    """Return chapters that begin at one of ``numbers``, in order, the first of them at the first number.

    Also returns how many were dropped: unknown numbers, second ones at the same place, those without a headline.
    """
    known = set(numbers)
    kept: dict[int, Begun] = {}
    for chapter in begun:
        if chapter.first in known and plain.line(chapter.headline):
            kept.setdefault(chapter.first, chapter)
    ordered = [kept[number] for number in sorted(kept)]
    if ordered and ordered[0].first != numbers[0]:
        # Chapters cover the whole text: what comes before the first one belongs to it.
        first = ordered[0]
        ordered[0] = Begun(first=numbers[0], headline=first.headline, gist=first.gist, summary=first.summary)
    return ordered, len(begun) - len(ordered)


def chapters(starts: Sequence[Begun], lines: Sequence[Line]) -> tuple[Chapter, ...]:
    """Return the chapters with times: each up to the last line before the next one."""
    places = {line.number: place for place, line in enumerate(lines)}
    edges = [*(places[start.first] for start in starts), len(lines)]
    return tuple(
        Chapter(
            start=lines[first].segment.start,
            end=max(line.segment.end for line in lines[first:after]),
            headline=plain.line(start.headline, most=300),
            gist=plain.line(start.gist, most=100),
            summary=plain.line(start.summary, most=2_000),
        )
        for start, (first, after) in zip(starts, pairwise(edges), strict=True)
    )


def highlights(
    phrases: Sequence[Phrase], lines: Sequence[Line], *, unspaced: bool
) -> tuple[tuple[Highlight, ...], int]:
    """Return the phrases that really are where they should be, most important first, and how many are not.

    How often and where they are said is counted by us, over all ``lines``.
    """
    by_number = {line.number: line for line in lines}
    ranks: dict[str, tuple[str, int]] = {}
    dropped = 0
    for phrase in phrases:
        text, line = plain.line(phrase.text), by_number.get(phrase.line)
        if line is None or len(text) > _MOST_PHRASE_CHARACTERS or not _is_in(line, text, unspaced=unspaced):
            dropped += 1
            continue
        said, rank = ranks.get(text.casefold(), (text, 0))
        ranks[text.casefold()] = (said, max(rank, min(max(phrase.importance, 1), 10)))
    found = [_highlight(text, rank, lines, unspaced=unspaced) for text, rank in ranks.values()]
    found.sort(key=lambda highlight: (-highlight.rank, -highlight.count, highlight.spans[0].start))
    return tuple(found[:_MOST_HIGHLIGHTS]), dropped


def entities(mentions: Sequence[Mention], lines: Sequence[Line], *, unspaced: bool) -> tuple[tuple[Entity, ...], int]:
    """Return what is named, by time, and how many mentions are not in their lines or of no known kind."""
    by_number = {line.number: line for line in lines}
    seen: Counter[tuple[int, str]] = Counter()
    found = []
    for mention in mentions:
        text, line = plain.line(mention.text, most=300), by_number.get(mention.line)
        spans = list(text_lines.places(line.segment, text, unspaced=unspaced)) if line else []
        # The second mention in a line is its second place.
        number = seen[mention.line, text.casefold()]
        if mention.kind not in KINDS or number >= len(spans):
            continue
        seen[mention.line, text.casefold()] += 1
        found.append(Entity(start=spans[number].start, end=spans[number].end, kind=mention.kind, text=text))
    return tuple(sorted(found, key=lambda entity: entity.start)), len(mentions) - len(found)


def sentiments(moods: dict[int, Mood], lines: Sequence[Line]) -> tuple[Sentiment, ...]:
    """Return how the lines sound, in order."""
    return tuple(
        Sentiment(
            start=line.segment.start,
            end=line.segment.end,
            text=line.segment.text,
            sentiment=moods[line.number].sentiment,
            speaker=line.segment.speaker,
        )
        for line in lines
        if line.number in moods
    )


def _is_in(line: Line, text: str, *, unspaced: bool) -> bool:
    return any(True for _ in text_lines.places(line.segment, text, unspaced=unspaced))


def _highlight(text: str, rank: int, lines: Sequence[Line], *, unspaced: bool) -> Highlight:
    spans: list[Span] = []
    for line in lines:
        spans.extend(text_lines.places(line.segment, text, unspaced=unspaced))
    return Highlight(text=text, count=len(spans), rank=rank / 10, spans=tuple(spans))
