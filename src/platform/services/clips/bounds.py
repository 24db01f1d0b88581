"""Where a clip begins and ends after a change, and what is left out inside."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ...domain import moments, timeline
from ...domain.clips import LONGEST_CLIP_SECONDS, Removed
from ...domain.timeline import Span
from ...errors import BadInput

_SHORTEST = 0.5
_LENGTHS = f"A clip lasts from {_SHORTEST} seconds to {LONGEST_CLIP_SECONDS / 60:.0f} minutes: move its start or end."
_TOUCHING = 0.001  # spans this near have nothing between them


def rejoined(spans: Sequence[Span], removed: Sequence[Removed]) -> tuple[Span, ...]:
    """Return the spans with what was removed between them put back; other cuts stay, and so does their order."""
    without = [Span(each.start, each.end) for each in removed]
    made: list[Span] = []
    for span in spans:
        joins = bool(made) and _belong_together(made[-1], span, without)
        made.append(Span(made.pop().start, span.end) if joins else span)
    return tuple(made)


def _belong_together(one: Span, next_one: Span, without: Sequence[Span]) -> bool:
    gap = next_one.start - one.end
    if gap <= _TOUCHING:
        return gap >= -_TOUCHING
    return timeline.total(timeline.subtract([Span(one.end, next_one.start)], without)) <= _TOUCHING


def moved(spans: Sequence[Span], *, start: float | None, end: float | None, duration: float) -> tuple[Span, ...]:
    """Return the spans, whose clip shall begin at ``start`` and end at ``end``; None leaves it where it is.

    Raises:
        BadInput: it would end before it starts, or is played in another order than it was recorded.
    """
    if any(one.end > other.start for one, other in pairwise(spans)):
        raise BadInput(
            "The parts of this clip are not played in the order of the recording, so its ends cannot be moved",
            hint="Leave start and end as they are, or say all of its parts anew: 'spans' of the API does that.",
            field="spans",
        )
    begin = spans[0].start if start is None else start
    finish = min(spans[-1].end if end is None else end, duration)
    _check(begin, finish, duration)
    kept = [span for span in spans if span.start < finish and span.end > begin] or [Span(begin, finish)]
    kept = [Span(begin, kept[0].end), *kept[1:]]
    kept[-1] = Span(kept[-1].start, finish)
    check_length(kept)
    return tuple(kept)


def given(spans: Sequence[Span], duration: float) -> tuple[Span, ...]:
    """Return the spans as a person gave them, none beyond the end of the recording; errors as ``moved``."""
    for span in spans:
        _check(span.start, min(span.end, duration), duration)
    made = tuple(Span(span.start, min(span.end, duration)) for span in spans)
    check_length(made)
    return made


def _check(start: float, end: float, duration: float) -> None:
    if start >= duration:
        raise BadInput(
            f"The recording ends at {moments.in_recording(duration)}, before the clip would start",
            hint="Choose an earlier start.",
            field="start",
        )
    if end <= start:
        begins, ends = moments.in_recording(start), moments.in_recording(end)
        raise BadInput(
            "A clip must end after it starts",
            hint=f"This one would start at {begins} and end at {ends}; choose a later end.",
            field="end",
        )


def check_length(spans: Sequence[Span]) -> None:
    """Refuse what a person wants too short or too long to watch; what is played twice counts twice.

    Raises:
        BadInput: that is so.
    """
    length = sum(span.length for span in spans)
    if length < _SHORTEST:
        raise BadInput(f"This clip would be {length:.1f} seconds long", hint=_LENGTHS, field="end")
    if length > LONGEST_CLIP_SECONDS:
        raise BadInput(f"This clip would be {moments.in_recording(length)} long", hint=_LENGTHS, field="end")


def check_rest(spans: Sequence[Span]) -> None:
    """Refuse what is too short once ends were moved into pauses and fillers were cut; longer than asked is no matter.

    Raises:
        BadInput: that is so.
    """
    if sum(span.length for span in spans) < _SHORTEST:
        raise BadInput(
            "Hardly anything would be left of this clip",
            hint="Its ends are moved into the pauses beside them, so that no word is cut: choose them further apart.",
            field="end",
        )
