"""Better punctuation and capitals for segments whose times and words stay; pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from . import wording
from .transcript import Segment, Word


def applied(segments: Sequence[Segment], better: Sequence[Segment] | None) -> tuple[Segment, ...]:
    """Return the segments with the texts of those in ``better`` that have the same id.

    Times and speakers of segments stay. Words are those of the better segment where its text has them, else ours,
    written as in the better text where that has as many.
    """
    found = {segment.id: segment for segment in better or ()}
    return tuple(_written(segment, found.get(segment.id, segment)) for segment in segments)


def _written(segment: Segment, better: Segment) -> Segment:
    text = wording.clean(better.text)
    if not text or better is segment:
        return segment
    return msgspec.structs.replace(segment, text=text, words=_spelled(segment.words, text, better.words))


def _spelled(words: Sequence[Word], text: str, better: Sequence[Word]) -> tuple[Word, ...]:
    if words and better and wording.slices(text, [word.text for word in better]):
        return tuple(better)
    spelled = text.split()
    if len(spelled) != len(words):
        return tuple(words)
    return tuple(msgspec.structs.replace(word, text=new) for word, new in zip(words, spelled, strict=True))
