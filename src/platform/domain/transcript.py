"""The transcript as a value: what engines return, the database stores and exports print.

Times are seconds from the start of the file. Segments are sorted by start, words by start inside their
segment, and neither overlap within one speaker.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from .insights import Insights


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One spoken word; ``confidence`` is 0 to 1, or None where the engine gives none."""

    start: float
    end: float
    text: str
    confidence: float | None = None
    speaker: str | None = None


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of speech of one speaker; ``id`` is unique and stable within a version."""

    id: str
    start: float
    end: float
    speaker: str | None = None
    text: str
    words: tuple[Word, ...] = ()


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """A voice in the recording; ``label`` is what people read and may rename."""

    id: str
    label: str


class EngineName(msgspec.Struct, frozen=True, kw_only=True):
    """Which engine and model made a transcript."""

    name: str
    model: str


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in which one speaker is heard; turns of different speakers may overlap."""

    start: float
    end: float
    speaker: str


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """A whole transcript in the shape of the public API; ``duration`` in seconds.

    ``insights`` are absent where nothing was found out, ``turns`` where nobody told speakers apart by their voices.
    Turns know of voices that speak at once; one without a word has an id that ``speakers`` does not list.
    """

    version: int
    language: str | None
    duration: float
    engine: EngineName
    speakers: tuple[Speaker, ...] = ()
    segments: tuple[Segment, ...] = ()
    text: str = ""
    insights: Insights | UnsetType = UNSET
    turns: tuple[Turn, ...] | UnsetType = UNSET
