"""What is said in a clip, on the clip's own timeline; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, groupby, pairwise
from typing import TypeVar

import msgspec
from msgspec import UNSET

from . import clip_text_words, wording
from .clip_text_words import Said
from .clips import ClipWord
from .timeline import Span, overlap
from .transcript import Segment, Transcript, Word

LONGEST_HOLE = 10.0  # seconds; a longer one is no removed pause but parts two clips of a reel

Heard = TypeVar("Heard", Said, ClipWord)


def cut(transcript: Transcript, spans: Sequence[Span], words: Sequence[ClipWord] | None = None) -> Transcript:
    """Return the transcript of a clip that plays ``spans`` of the recording one after the other.

    All times count from the clip's first frame. ``words`` replace what the transcript says, if given.

    A word is in the clip if its middle is in a span, or if that is in a hole between two spans but a third of the word
    is heard beside it (engines are not that exact). Segments stay what they were, without the words that are not
    played, and are parted where the speaker changes; text without word times is shared by its length. Speakers,
    language and engine stay; insights and turns speak of the whole recording and are left out.
    """
    said = clip_text_words.of(transcript) if words is None else clip_text_words.corrected(transcript, words)
    played = [moved for _, _, moved in heard(said, spans)]
    parts = [_segment(list(group)) for _, group in groupby(played, key=lambda word: word.group)]
    ordered = sorted(parts, key=lambda part: part.start)
    segments = tuple(msgspec.structs.replace(part, id=f"s{nr}") for nr, part in enumerate(ordered, start=1))
    return msgspec.structs.replace(
        transcript,
        duration=_moment(sum(span.length for span in spans)),
        segments=segments,
        text=wording.join([segment.text for segment in segments], language=transcript.language),
        insights=UNSET,
        turns=UNSET,
    )


def to_clip(spans: Sequence[Span], seconds: float) -> float | None:
    """Return when in the clip a moment of the recording is played first; None where it is left out.

    >>> spans = (Span(10.0, 12.0), Span(15.0, 16.0))
    >>> to_clip(spans, 15.5), to_clip(spans, 13.0)
    (2.5, None)
    """
    offset = 0.0
    for span in spans:
        if span.start <= seconds <= span.end:
            return offset + seconds - span.start
        offset += span.length
    return None


def to_recording(spans: Sequence[Span], seconds: float) -> float:
    """Return which moment of the recording is played after ``seconds`` of the clip; its ends outside of it.

    >>> spans = (Span(10.0, 12.0), Span(15.0, 16.0))
    >>> to_recording(spans, 2.5), to_recording(spans, 9.0)
    (15.5, 16.0)
    """
    if not spans:
        return 0.0
    ends = list(accumulate(span.length for span in spans))
    at = min(bisect_right(ends, seconds), len(spans) - 1)
    into = max(seconds, 0.0) - (ends[at] - spans[at].length)
    return spans[at].start + min(into, spans[at].length)


def heard(words: Sequence[Heard], spans: Sequence[Span]) -> list[tuple[int, Heard, Heard]]:
    """Return the words that a clip plays, in its order: the number of the span, the word, and it by the clip's time."""
    near = clip_text_words.Near(words)
    offsets = accumulate((span.length for span in spans), initial=0.0)
    return [
        (number, word, _moved(word, span, offset))
        for number, (span, offset) in enumerate(zip(spans, offsets, strict=False))
        for word in near.span(span)
        if _is_in(word, spans, number)
    ]


def _is_in(word: Said | ClipWord, spans: Sequence[Span], number: int) -> bool:
    middle = (word.start + word.end) / 2
    if spans[number].start <= middle < spans[number].end:
        return True
    beside = [at for at in (number - 1, number, number + 1) if 0 <= at < len(spans)]
    holes = (Span(spans[left].end, spans[right].start) for left, right in pairwise(beside))
    if not any(hole.start <= middle < hole.end and hole.length <= LONGEST_HOLE for hole in holes):
        return False
    shared = {at: overlap(spans[at], Span(word.start, word.end)) for at in beside}
    return max(shared, key=shared.__getitem__) == number and shared[number] * 3 >= word.end - word.start > 0


def _moved(word: Heard, span: Span, offset: float) -> Heard:
    start, end = (min(max(moment, span.start), span.end) - span.start + offset for moment in (word.start, word.end))
    return msgspec.structs.replace(word, start=_moment(start), end=_moment(end))


def _segment(group: Sequence[Said]) -> Segment:
    text = wording.clean("".join(said.written for said in group))
    return Segment(
        id="",
        start=group[0].start,
        end=max(said.end for said in group),
        speaker=group[0].speaker,
        text=text,
        words=tuple(_word(said) for said in group if said.is_timed),
    )


def _word(said: Said) -> Word:
    return Word(start=said.start, end=said.end, text=said.text, confidence=said.confidence, speaker=said.speaker)


def _moment(seconds: float) -> float:
    return round(seconds, 3) + 0.0
