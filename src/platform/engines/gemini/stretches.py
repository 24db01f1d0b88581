"""Which stretches of a recording are sent, so that no silence is, and no cut goes through a word; pure.

All times are seconds from the start of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from ...domain import timeline
from ...domain.timeline import Span

# Three minutes: 5,000 to 6,000 tokens of sound, far from where long answers are cut off or times drift by minutes.
LONGEST_SECONDS = 180.0
# A model that listens to a long silence writes something down for it; and it costs as much as speech.
_APART_SECONDS = 8.0
# Room for the first and last sound of a word that is quieter than the threshold of silence.
_MARGIN_SECONDS = 0.3
_SHORTEST_SOUND = 0.1  # a click
_REACH_SECONDS = 8.0  # how far a cut inside continuous sound may move
# Shorter stretches are not halved further: ten seconds of speech fit into any answer.
_SHORTEST_SECONDS = 10.0

Quietest = Callable[[float, float], float]  # (at, reach) -> the quietest moment


def plan(
    duration: float, silences: Sequence[Span], *, quietest: Quietest, longest: float = LONGEST_SECONDS
) -> tuple[Span, ...]:
    """Return the stretches with sound, sorted, apart from each other, none longer than ``longest`` by much.

    Cuts are in silences; only inside sound that goes on for longer than ``longest`` they are at its quietest
    moments. Empty for a silent recording.

    >>> plan(60.0, [Span(0.0, 25.0)], quietest=lambda at, reach: at)
    (Span(start=24.7, end=60.0),)
    """
    whole = Span(0.0, duration)
    sounds = [span for span in timeline.complement(silences, whole) if span.length >= _SHORTEST_SOUND]
    groups: list[Span] = []
    for sound in sounds:
        if groups and _belongs(groups[-1], sound, longest):
            groups[-1] = Span(groups[-1].start, sound.end)
        else:
            groups.append(sound)
    return tuple(piece for span in _widened(groups, duration) for piece in _pieces(span, longest, quietest))


def halved(span: Span, *, quietest: Quietest) -> tuple[Span, Span] | None:
    """Return two halves, cut at a quiet moment near the middle; None where it is too short for that."""
    if span.length < 2 * _SHORTEST_SECONDS:
        return None
    first, second = _pieces(span, span.length / 1.5, quietest)
    return first, second


def sounding(span: Span, silences: Sequence[Span]) -> float:
    """Return how many seconds of ``span`` are not silent."""
    return timeline.total(timeline.complement(silences, span))


def _belongs(group: Span, sound: Span, longest: float) -> bool:
    return sound.start - group.end < _APART_SECONDS and sound.end - group.start <= longest


def _widened(groups: Sequence[Span], duration: float) -> list[Span]:
    """Give each group its margin, at most half of what lies between it and the next."""
    edges = [-duration, *(edge for group in groups for edge in (group.start, group.end)), 2 * duration]
    wide = []
    for number, group in enumerate(groups):
        before, after = edges[2 * number], edges[2 * number + 3]
        start = max(group.start - min(_MARGIN_SECONDS, (group.start - before) / 2), 0.0)
        end = min(group.end + min(_MARGIN_SECONDS, (after - group.end) / 2), duration)
        wide.append(Span(round(start, 3), round(end, 3)))
    return wide


def _pieces(span: Span, longest: float, quietest: Quietest) -> list[Span]:
    count = -int(-span.length // (longest + 2 * _MARGIN_SECONDS))
    size = span.length / count
    reach = min(_REACH_SECONDS, size / 4)
    edges = [span.start, *(quietest(span.start + size * number, reach) for number in range(1, count)), span.end]
    return [Span(start, end) for start, end in pairwise(edges)]
