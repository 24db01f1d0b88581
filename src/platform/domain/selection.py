"""Choose clips from what the content analysis found, and where exactly they are cut; pure."""

from __future__ import annotations

from collections.abc import Sequence

from .clips import ClipPlan, ClipsWanted, ContentSegment
from .sentences import Sentence
from .timeline import Span


def choose(
    found: Sequence[ContentSegment],
    sentences: Sequence[Sentence],
    pauses: Sequence[Span],
    *,
    duration: float,
    wanted: ClipsWanted,
) -> tuple[ClipPlan, ...]:
    """Return the clips to make, in the order of the recording, none sharing a moment with another.

    ``pauses``: where nothing is heard, sorted; ``duration`` of the recording in seconds.
    """
    raise NotImplementedError
