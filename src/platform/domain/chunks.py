"""Where a long recording is cut, so that its pieces can be transcribed one by one and joined again; pure.

All times are seconds from the start of the file, cut to whole milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import msgspec

from .timeline import Span, clip, complement, merge, total
from .transcript import Segment, Word

# A recording that is longer than this many pieces is cut; half a piece alone is not worth a start of an engine.
_WORTH_IT = 1.5
# The others wait for the first piece, which decides engine and model for all; so it is short.
_FIRST_SECONDS = 60.0
# A cut may move by a quarter of the shorter piece beside it at most, so that none loses more than half.
_MOVES_BY = 0.25
# A shorter rest of a silence near the cut leaves no room beside the words.
_LEAST_SILENCE_SECONDS = 0.2
_FRAME_SECONDS = 0.02  # shorter than any sound of speech
_QUIET_FRAMES = 10  # 0.2 s, about the shortest pause between words


class Cut(msgspec.Struct, frozen=True):
    """Where a piece ends and the next begins; ``reach``: how far it may move where it is not in a silence."""

    at: float
    in_silence: bool
    reach: float


def is_worth_it(duration: float, *, target: float) -> bool:
    """Return whether a recording is long enough to be cut into pieces of about ``target`` seconds."""
    return duration > _WORTH_IT * target


def cuts(duration: float, silences: Sequence[Span], *, target: float, search: float) -> tuple[Cut, ...]:
    """Return where to cut ``duration`` seconds into pieces of about ``target``.

    They are equal, but for a first one of a minute where the others would be longer; then an even number follows,
    so that two workers end together. Each cut is in the middle of the longest silence at most ``search`` seconds
    away; where there is none, ``in_silence`` is False and the caller may look at the sound itself.

    >>> cuts(100.0, [Span(47.0, 49.0)], target=50.0, search=5.0)
    (Cut(at=48.0, in_silence=True, reach=5.0),)
    >>> [cut.at for cut in cuts(600.0, [], target=300.0, search=5.0)]
    [60.0, 330.0]
    """
    lengths = _lengths(duration, target)
    edges = accumulate(lengths[:-1])
    shorter = (min(pair) for pair in pairwise(lengths))
    return tuple(
        _cut(edge, silences, min(search, length * _MOVES_BY)) for edge, length in zip(edges, shorter, strict=True)
    )


def _lengths(duration: float, target: float) -> list[float]:
    if not is_worth_it(duration, target=target):
        return [duration]
    count = max(round(duration / target), 2)
    if duration / count <= _FIRST_SECONDS:
        return [duration / count] * count
    rest = duration - _FIRST_SECONDS
    pairs = max(round(rest / target / 2), 1)
    return [_FIRST_SECONDS, *([rest / pairs / 2] * (pairs * 2))]


def spans(duration: float, at: Sequence[float]) -> tuple[Span, ...]:
    """Return the pieces between the cuts; together they are the whole file, and none overlaps another.

    >>> spans(9.0, [4.0])
    (Span(start=0.0, end=4.0), Span(start=4.0, end=9.0))
    """
    edges = [0.0, *at, duration]
    return tuple(Span(start, end) for start, end in pairwise(edges))


def plan(duration: float, silences: Sequence[Span], *, target: float, search: float) -> tuple[Span, ...]:
    """Return the pieces of a recording by its silences alone; one piece where it is not long enough.

    >>> [span.end for span in plan(100.0, [Span(47.0, 49.0)], target=50.0, search=5.0)]
    [48.0, 100.0]
    """
    return spans(duration, [cut.at for cut in cuts(duration, silences, target=target, search=search)])


def quietest(samples: Sequence[int], *, rate: int) -> float:
    """Return the middle of the quietest 0.2 s, in seconds from the first sample.

    Among equally quiet moments the one nearest to the middle; the middle itself where there is too little sound.
    """
    frame = round(rate * _FRAME_SECONDS)
    power = [sum(value * value for value in samples[at : at + frame]) for at in range(0, len(samples) - frame, frame)]
    middle = len(samples) / rate / 2
    windows = range(len(power) - _QUIET_FRAMES + 1)
    moments = [(sum(power[at : at + _QUIET_FRAMES]), (at + _QUIET_FRAMES / 2) * _FRAME_SECONDS) for at in windows]
    return min(moments, key=lambda moment: (moment[0], abs(moment[1] - middle)), default=(0, middle))[1]


def shifted(segments: Sequence[Segment], *, by: float, prefix: str = "") -> tuple[Segment, ...]:
    """Return the segments of a piece as parts of the file: ``by`` seconds later, their ids after ``prefix``."""
    return tuple(
        msgspec.structs.replace(
            segment,
            id=f"{prefix}{segment.id}",
            start=_moment(segment.start + by),
            end=_moment(segment.end + by),
            words=tuple(_later(word, by) for word in segment.words),
        )
        for segment in segments
    )


def silences_in(silences: Sequence[Span], piece: Span) -> tuple[Span, ...]:
    """Return the silences inside a piece, counted from its start.

    >>> silences_in([Span(1.0, 2.0), Span(9.0, 12.0)], Span(10.0, 20.0))
    (Span(start=0.0, end=2.0),)
    """
    inside = clip(silences, piece)
    return tuple(Span(_moment(span.start - piece.start), _moment(span.end - piece.start)) for span in inside)


def windows(duration: float, silences: Sequence[Span], *, count: int, length: float) -> tuple[Span, ...]:
    """Return up to ``count`` windows of ``length`` seconds, spread evenly over the speech of a recording.

    Each begins where so much of the speech has passed; windows do not overlap, and where there is little speech
    they are all of it.

    >>> windows(100.0, [Span(0.0, 60.0)], count=2, length=5.0)
    (Span(start=67.5, end=72.5), Span(start=87.5, end=92.5))
    """
    speech = complement(silences, Span(0.0, duration))
    spoken = total(speech)
    if spoken <= count * length:
        return speech
    found = (_after(speech, (number + 0.5) * spoken / count - length / 2) for number in range(count))
    return merge(Span(_moment(start), _moment(min(start + length, duration))) for start in found)


def _after(speech: Sequence[Span], seconds: float) -> float:
    """Return the moment at which so many seconds of speech have passed."""
    for span in speech:
        if seconds <= span.length:
            return span.start + seconds
        seconds -= span.length
    return speech[-1].end


def numbered(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Return the segments with the ids s1, s2, … in their order."""
    return tuple(msgspec.structs.replace(segment, id=f"s{number}") for number, segment in enumerate(segments, start=1))


def _cut(wanted: float, silences: Sequence[Span], reach: float) -> Cut:
    window = Span(wanted - reach, wanted + reach)
    # A day has thousands of silences, so only those nearby are merged.
    touching = [span for span in silences if span.end > window.start and span.start < window.end]
    near = [span for span in clip(touching, window) if span.length >= _LEAST_SILENCE_SECONDS]
    if not near:
        return Cut(_moment(wanted), in_silence=False, reach=reach)
    best = max(near, key=lambda span: (span.length, -abs(_middle(span) - wanted)))
    return Cut(_moment(_middle(best)), in_silence=True, reach=reach)


def _middle(span: Span) -> float:
    return (span.start + span.end) / 2


def _later(word: Word, by: float) -> Word:
    return msgspec.structs.replace(word, start=_moment(word.start + by), end=_moment(word.end + by))


def _moment(seconds: float) -> float:
    return round(seconds, 3)
