"""SubRip: numbered subtitles; a speaker's label stands before their first words after another's.

There is no standard, and no way to escape: an arrow in the text would be taken for a time, so it
becomes the sign for an arrow.
"""

from __future__ import annotations

from ..subtitles import Cue, cues
from ..transcript import Transcript


def render(transcript: Transcript, _title: str) -> bytes:
    """Return the subtitles, in UTF-8 without a byte order mark."""
    numbered = enumerate(cues(transcript, labelled=True), start=1)
    return "\n".join(_block(number, cue) for number, cue in numbered).encode()


def _block(number: int, cue: Cue) -> str:
    text = "\n".join(line.replace("-->", "→") for line in cue.lines)
    return f"{number}\n{_time(cue.start_ms)} --> {_time(cue.end_ms)}\n{text}\n"


def _time(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"
