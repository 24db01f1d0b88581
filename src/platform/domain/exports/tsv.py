"""Tab-separated values as Whisper writes them, milliseconds and text, with the speaker between."""

from __future__ import annotations

from .. import wording
from ..transcript import Transcript
from .paragraphs import label_of


def render(transcript: Transcript, _title: str) -> bytes:
    """Return one row per segment under the header ``start end speaker text``."""
    labels = label_of(transcript)
    rows = ["start\tend\tspeaker\ttext"]
    for segment in transcript.segments:
        times = f"{round(segment.start * 1000)}\t{round(segment.end * 1000)}"
        rows.append(f"{times}\t{labels.get(segment.speaker, '')}\t{wording.clean(segment.text)}")
    return "".join(f"{row}\n" for row in rows).encode()
