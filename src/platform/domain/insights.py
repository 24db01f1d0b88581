"""What is found out about a text beside the words: summary, chapters, feelings, names, key phrases, translations.

Times are seconds from the start of the file. Texts are shown to people as they are, so they are never markup.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .timeline import Span

Feeling = Literal["positive", "neutral", "negative"]


class Chapter(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the recording about one thing; ``headline`` is a sentence, ``gist`` a few words."""

    start: float
    end: float
    headline: str
    gist: str = ""
    summary: str = ""


class Sentiment(msgspec.Struct, frozen=True, kw_only=True):
    """How a sentence sounds; ``confidence`` 0 to 1, None where none is given."""

    start: float
    end: float
    text: str
    sentiment: Feeling
    confidence: float | None = None
    speaker: str | None = None


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """Something named; ``kind`` in lower case with underscores, such as ``person_name`` or ``location``."""

    start: float
    end: float
    kind: str
    text: str


class Highlight(msgspec.Struct, frozen=True, kw_only=True):
    """A key phrase, said ``count`` times at ``spans``; ``rank`` 0 to 1, larger is more important."""

    text: str
    count: int
    rank: float
    spans: tuple[Span, ...] = ()


class TranslatedSegment(msgspec.Struct, frozen=True, kw_only=True):
    """The translation of the segment ``id``."""

    id: str
    text: str


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """The text in another language, an ISO 639-1 code; segments in order, those that could be translated."""

    language: str
    segments: tuple[TranslatedSegment, ...]


class Insights(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it; what was not asked for or not found is empty. ``paragraphs``: ids of segments that begin one."""

    summary: str = ""
    chapters: tuple[Chapter, ...] = ()
    sentiments: tuple[Sentiment, ...] = ()
    entities: tuple[Entity, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    paragraphs: tuple[str, ...] = ()
    translations: tuple[Translation, ...] = ()


def merged(first: Insights, second: Insights) -> Insights:
    """Return what ``second`` has, and of ``first`` what it lacks."""
    mine = {name: value for name in Insights.__struct_fields__ if (value := getattr(second, name))}
    return msgspec.structs.replace(first, **mine)
