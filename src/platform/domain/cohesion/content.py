"""Segments for clips from sentences that were chosen: their times, and nothing that two of them share."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..clips import ContentSegment
from ..sentences import Sentence


def segment(
    sentences: Sequence[Sentence],
    first: int,
    last: int,
    *,
    title: str,
    importance: float,
    topics: Sequence[str] = (),
    reason: str = "",
    quote: str = "",
) -> ContentSegment:
    """Return the segment from place ``first`` to ``last`` of ``sentences``, with their numbers and times."""
    own = sentences[first : last + 1]
    return ContentSegment(
        first=own[0].number,
        last=own[-1].number,
        start=own[0].start,
        end=max(own[0].start, *(sentence.end for sentence in own)),
        title=title,
        topics=tuple(topics),
        importance=round(min(max(importance, 0.0), 1.0), 3),
        reason=reason,
        quote=quote,
    )


def apart(segments: Sequence[ContentSegment]) -> tuple[ContentSegment, ...]:
    """Return segments by time, where somebody who still speaks in one is cut off by the next.

    They share no sentence; but sentences of two speakers may be said at once.
    """
    ordered = sorted(segments, key=lambda each: each.first)
    ends = [*(following.start for following in ordered[1:]), float("inf")]
    return tuple(msgspec.structs.replace(each, end=min(each.end, end)) for each, end in zip(ordered, ends, strict=True))
