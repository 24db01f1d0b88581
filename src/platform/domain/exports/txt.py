"""Plain text: a paragraph per turn, with the speaker's label before it."""

from __future__ import annotations

from ..transcript import Transcript
from .paragraphs import paragraphs


def render(transcript: Transcript, _title: str) -> bytes:
    """Return the text only, so that nothing but what was said and by whom is in it."""
    lines = [f"{one.label}: {one.text}" if one.label else one.text for one in paragraphs(transcript)]
    return ("\n\n".join(lines) + "\n").encode() if lines else b""
