"""A transcript as numbered lines: what a model reads, and how its answers are found again; pure.

The numbers are ours and count the segments that have text, so an answer can name nothing else: neither a second of
the recording nor an id of another job. Lines travel as JSON, one object each, so no text can pretend to be a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...domain.timeline import Span
from ...domain.transcript import Segment

# What is read for a few sentences of answer, and what comes back whole, in characters: about 10,000 and 2,000 tokens.
READ_CHARACTERS = 40_000
WRITTEN_CHARACTERS = 8_000
# What each line costs beside its text: number, speaker, quotes.
FRAME = 30


class Line(NamedTuple):
    """The segment with the number that the model knows it by."""

    number: int
    segment: Segment


def numbered(segments: Sequence[Segment]) -> tuple[Line, ...]:
    """Return the segments that have text, as lines 1, 2, 3, …"""
    return tuple(
        Line(number, segment) for number, segment in enumerate((s for s in segments if s.text.strip()), start=1)
    )


def parts(lines: Sequence[Line], *, characters: int) -> list[tuple[Line, ...]]:
    """Cut the lines into parts of about ``characters``; a line that is longer stands alone."""
    found: list[list[Line]] = []
    size = 0
    for line in lines:
        length = len(line.segment.text) + FRAME
        if not found or size + length > characters:
            found.append([])
            size = 0
        found[-1].append(line)
        size += length
    return [tuple(part) for part in found]


def listed(lines: Sequence[Line]) -> str:
    """Return the lines as a model reads them.

    >>> listed([Line(7, Segment(id="a", start=0, end=1, speaker="A", text='Say "hi".'))])
    '{"line": 7, "speaker": "A", "text": "Say \\\\"hi\\\\"."}'
    """
    return "\n".join(json.dumps(_shown(line), ensure_ascii=False) for line in lines)


def timed(lines: Sequence[Line]) -> str:
    """Return the lines as ``listed``, with how long each takes, in seconds.

    >>> timed([Line(7, Segment(id="a", start=2.0, end=6.2, text="Hi."))])
    '{"line": 7, "seconds": 4.2, "text": "Hi."}'
    """
    return "\n".join(json.dumps(_shown(line, timed=True), ensure_ascii=False) for line in lines)


def wish(text: str) -> str:
    """Return what a customer wrote, on one line that cannot be taken for anything else."""
    return json.dumps({"wish": text}, ensure_ascii=False)


def listed_texts(texts: Sequence[str]) -> str:
    """Return texts that are no segments in the same way, numbered from 1."""
    return "\n".join(
        json.dumps({"line": number, "text": text}, ensure_ascii=False) for number, text in enumerate(texts, start=1)
    )


def places(segment: Segment, phrase: str, *, unspaced: bool) -> Iterator[Span]:
    """Yield where ``phrase`` is said in the segment: by its words where they are known, else the whole segment."""
    words = r"\s+".join(re.escape(word) for word in phrase.split())
    pattern = words if unspaced else rf"(?<!\w){words}(?!\w)"
    for found in re.finditer(pattern, segment.text, re.IGNORECASE) if words else ():
        yield _span(segment, found.start(), found.end())


def _shown(line: Line, *, timed: bool = False) -> dict[str, object]:
    seconds = {"seconds": round(max(line.segment.end - line.segment.start, 0.0), 1)} if timed else {}
    speaker = {"speaker": line.segment.speaker} if line.segment.speaker else {}
    return {"line": line.number, **seconds, **speaker, "text": line.segment.text}


def _span(segment: Segment, first: int, last: int) -> Span:
    at, touched = 0, []
    for word in segment.words:
        start = segment.text.find(word.text, at)
        if start < 0:  # text and words differ: nothing is known about places inside
            return Span(segment.start, segment.end)
        at = start + len(word.text)
        if start < last and at > first:
            touched.append(word)
    return Span(touched[0].start, touched[-1].end) if touched else Span(segment.start, segment.end)
