"""Rich Transcription Time Marked: who speaks when.

Source: NIST, "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation Plan", appendix A.
"""

from __future__ import annotations

from .. import wording
from ..transcript import Transcript
from .paragraphs import label_of

UNKNOWN = "unknown"  # the name where speakers were not told apart


def render(transcript: Transcript, title: str) -> bytes:
    """Return one SPEAKER line per segment that lasts; names have underscores for spaces."""
    labels = label_of(transcript)
    file = _field(title) or "recording"
    rows = [
        f"SPEAKER {file} 1 {segment.start:.3f} {segment.end - segment.start:.3f} <NA> <NA>"
        f" {_field(labels.get(segment.speaker, '')) or UNKNOWN} <NA> <NA>\n"
        for segment in transcript.segments
        if segment.end - segment.start >= 0.001
    ]
    return "".join(rows).encode()


def _field(text: str) -> str:
    # Two semicolons begin a comment.
    return "_".join(wording.clean(text).replace(";", "_").split())
