"""Segments gathered into paragraphs, for formats that people read."""

from __future__ import annotations

import msgspec

from .. import wording
from ..transcript import Segment, Transcript
from . import sections

# A new paragraph begins after a silence of this length, or at the end of a sentence beyond that length.
_PAUSE_SECONDS = 2.0
_LONG_CHARACTERS = 600


class Paragraph(msgspec.Struct, frozen=True, kw_only=True):
    """What one speaker says in one go; ``label`` is empty where nobody is named, ``start`` in seconds."""

    start: float
    label: str
    text: str


def paragraphs(transcript: Transcript) -> list[Paragraph]:
    """Return the whole text in paragraphs, in order; none is empty.

    Where somebody has found out which segments begin a paragraph, those do, else pauses and lengths decide.
    """
    known = frozenset(sections.found(transcript).paragraphs)
    groups: list[list[Segment]] = []
    for segment in transcript.segments:
        if not wording.clean(segment.text):
            continue
        if groups and _goes_on(groups[-1], segment, known):
            groups[-1].append(segment)
        else:
            groups.append([segment])
    labels = label_of(transcript)
    return [_paragraph(group, labels, transcript.language) for group in groups]


def label_of(transcript: Transcript) -> dict[str | None, str]:
    """Return what people call each speaker, on one line."""
    return {speaker.id: wording.clean(speaker.label) or speaker.id for speaker in transcript.speakers}


def clock(seconds: float) -> str:
    """Return a time as people write it.

    >>> clock(3725.9), clock(65)
    ('01:02:05', '00:01:05')
    """
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def _goes_on(group: list[Segment], segment: Segment, known: frozenset[str]) -> bool:
    last = group[-1]
    if known:
        return last.speaker == segment.speaker and segment.id not in known
    is_long = sum(len(one.text) for one in group) >= _LONG_CHARACTERS and wording.ends_sentence(last.text)
    return last.speaker == segment.speaker and segment.start - last.end < _PAUSE_SECONDS and not is_long


def _paragraph(group: list[Segment], labels: dict[str | None, str], language: str | None) -> Paragraph:
    text = wording.join([wording.clean(segment.text) for segment in group], language=language)
    return Paragraph(start=group[0].start, label=labels.get(group[0].speaker, ""), text=text)
