"""Markdown: a heading, summary and chapters, a paragraph per turn; text stays text (CommonMark, section 2.4)."""

from __future__ import annotations

import re

from .. import wording
from ..transcript import Transcript
from . import sections
from .paragraphs import Paragraph, clock, paragraphs

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$])")
_LIST = re.compile(r"^([-+=]|\d+(?=[.)]))")


def render(transcript: Transcript, title: str) -> bytes:
    """Return the transcript under its title, below what was found out about it."""
    parts = [f"# {_escaped(wording.clean(title)) or 'Transcript'}", *_above(transcript)]
    return ("\n\n".join([*parts, *map(_block, paragraphs(transcript))]) + "\n").encode()


def _above(transcript: Transcript) -> list[str]:
    summary, chapters = sections.summary(transcript), sections.chapters(transcript)
    parts = ["## Summary", *map(_escaped, summary)] if summary else []
    if chapters:
        parts += ["## Chapters", "\n".join(map(_item, chapters))]
    return [*parts, "## Transcript"] if parts else []


def _item(chapter: sections.Entry) -> str:
    about = f" {_escaped(chapter.about)}" if chapter.about else ""
    return f"- {clock(chapter.start)} **{_escaped(chapter.title)}**{about}"


def _block(one: Paragraph) -> str:
    label = f"**{_escaped(one.label)}** " if one.label else ""
    return f"{label}({clock(one.start)})\n\n{_escaped(one.text)}"


def _escaped(text: str) -> str:
    escaped = _SPECIAL.sub(r"\\\1", text)
    return _LIST.sub(_list_escaped, escaped)


def _list_escaped(match: re.Match[str]) -> str:
    # "1." cannot be escaped at the digit, only at what follows it.
    return f"{match[0]}\\" if match[0][0].isdigit() else f"\\{match[0]}"
