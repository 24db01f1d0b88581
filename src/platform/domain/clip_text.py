"""What is said in a clip, on the clip's own timeline; pure."""

from __future__ import annotations

from collections.abc import Sequence

from .clips import ClipWord
from .timeline import Span
from .transcript import Transcript


def cut(transcript: Transcript, spans: Sequence[Span], words: Sequence[ClipWord] | None = None) -> Transcript:
    """Return the transcript of a clip that plays ``spans`` of the recording one after the other.

    All times count from the clip's first frame. ``words`` replace what the transcript says, if given.
    """
    raise NotImplementedError
