"""Better punctuation and capitals for segments whose times and words stay; pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from . import wording
from .transcript import Segment, Word


def applied(segments: Sequence[Segment], better: Sequence[Segment] | None) -> tuple[Segment, ...]:
    """Return the segments with the texts of those in ``better`` that have the same id.

    Times and speakers stay. Words are written as in the better text where it has as many of them.
    """
    texts = {segment.id: wording.clean(segment.text) for segment in better or ()}
    return tuple(_written(segment, texts.get(segment.id) or "") for segment in segments)


def _written(segment: Segment, text: str) -> Segment:
    if not text:
        return segment
    return msgspec.structs.replace(segment, text=text, words=_spelled(segment.words, text))


def _spelled(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    spelled = text.split()
    if len(spelled) != len(words):
        return tuple(words)
    return tuple(msgspec.structs.replace(word, text=new) for word, new in zip(words, spelled, strict=True))
