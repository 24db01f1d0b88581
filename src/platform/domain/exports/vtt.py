"""WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format"), with a voice tag per subtitle."""

from __future__ import annotations

from ..subtitles import Cue, cues
from ..transcript import Transcript
from .paragraphs import label_of


def render(transcript: Transcript, _title: str) -> bytes:
    """Return the subtitles; the title is left out, as a header may not hold every text."""
    labels = label_of(transcript)
    blocks = [_block(number, cue, labels) for number, cue in enumerate(cues(transcript), start=1)]
    return "\n".join(["WEBVTT\n", *blocks]).encode()


def _block(number: int, cue: Cue, labels: dict[str | None, str]) -> str:
    text = "\n".join(_escaped(line) for line in cue.lines)
    label = labels.get(cue.speaker)
    voice = f"<v {_escaped(label)}>" if label else ""
    return f"{number}\n{_time(cue.start_ms)} --> {_time(cue.end_ms)}\n{voice}{text}\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
