"""Markdown: a heading, then a paragraph per turn; the text stays text (CommonMark, section 2.4)."""

from __future__ import annotations

import re

from .. import wording
from ..transcript import Transcript
from .paragraphs import Paragraph, clock, paragraphs

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$])")
_LIST = re.compile(r"^([-+=]|\d+(?=[.)]))")


def render(transcript: Transcript, title: str) -> bytes:
    """Return the transcript under its title."""
    parts = [f"# {_escaped(wording.clean(title)) or 'Transcript'}", *map(_block, paragraphs(transcript))]
    return ("\n\n".join(parts) + "\n").encode()


def _block(one: Paragraph) -> str:
    label = f"**{_escaped(one.label)}** " if one.label else ""
    return f"{label}({clock(one.start)})\n\n{_escaped(one.text)}"


def _escaped(text: str) -> str:
    escaped = _SPECIAL.sub(r"\\\1", text)
    return _LIST.sub(_list_escaped, escaped)


def _list_escaped(match: re.Match[str]) -> str:
    # "1." cannot be escaped at the digit, only at what follows it.
    return f"{match[0]}\\" if match[0][0].isdigit() else f"\\{match[0]}"
