"""What stands above the text in documents: the summary and the chapters, each part on one line."""

from __future__ import annotations

import msgspec

from .. import wording
from ..insights import Chapter, Insights
from ..transcript import Transcript


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter; ``start`` in seconds, ``about`` is empty where its title says all."""

    start: float
    title: str
    about: str


def found(transcript: Transcript) -> Insights:
    """Return what was found out about the text; all of it is empty where nothing was."""
    return transcript.insights if isinstance(transcript.insights, Insights) else Insights()


def summary(transcript: Transcript) -> list[str]:
    """Return the lines of the summary; none is empty."""
    return [line for line in map(wording.clean, found(transcript).summary.splitlines()) if line]


def chapters(transcript: Transcript) -> list[Entry]:
    """Return the chapters in order; those without any words are left out."""
    in_order = sorted(found(transcript).chapters, key=lambda chapter: chapter.start)
    return [entry for entry in map(_entry, in_order) if entry.title]


def _entry(chapter: Chapter) -> Entry:
    parts = [wording.clean(text) for text in (chapter.gist, chapter.headline, chapter.summary)]
    title, *rest = dict.fromkeys(part for part in parts if part) or [""]
    return Entry(start=chapter.start, title=title, about=" ".join(rest))
