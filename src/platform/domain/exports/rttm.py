"""Rich Transcription Time Marked: who speaks when.

Source: NIST, "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation Plan", appendix A.
"""

from __future__ import annotations

from .. import wording
from ..transcript import Transcript, Turn
from .paragraphs import label_of

UNKNOWN = "unknown"  # the name where speakers were not told apart


def render(transcript: Transcript, title: str) -> bytes:
    """Return one SPEAKER line per turn, or per segment where there are none; names have underscores for spaces."""
    labels = label_of(transcript)
    file = _field(title) or "recording"
    rows = [
        f"SPEAKER {file} 1 {turn.start:.3f} {turn.end - turn.start:.3f} <NA> <NA>"
        f" {_field(labels.get(turn.speaker, turn.speaker or '')) or UNKNOWN} <NA> <NA>\n"
        for turn in transcript.turns or transcript.segments
        if turn.end - turn.start >= 0.001
    ]
    return "".join(rows).encode()


def parse(text: str) -> tuple[Turn, ...]:
    """Return the turns of RTTM; lines of other kinds say nothing of them.

    Raises:
        ValueError: a line does not have its fields.
    """
    rows = [line.split() for line in text.splitlines() if line.startswith("SPEAKER")]
    try:
        return tuple(Turn(start=float(row[3]), end=float(row[3]) + float(row[4]), speaker=row[7]) for row in rows)
    except IndexError as exc:
        raise ValueError("a line has too few fields") from exc


def _field(text: str) -> str:
    # Two semicolons begin a comment.
    return "_".join(wording.clean(text).replace(";", "_").split())
