"""Diarization error rate: how much of the reference speech is missed, invented or given to the wrong person.

Computed by ``pyannote.metrics``, which is no part of the program itself and takes seconds to import, so it is
imported when needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .timeline import Span, merge
from .transcript import Turn

if TYPE_CHECKING:
    from pyannote.core import Annotation, Timeline


@dataclass(frozen=True, kw_only=True)
class DiarizationError:
    """Seconds of speaker time; where two people speak at once each second counts twice."""

    speech: float
    missed: float
    false_alarm: float
    confusion: float

    @property
    def rate(self) -> float:
        """Return the share of the reference speech that is wrong; above 1 where more is invented than was said."""
        wrong = self.missed + self.false_alarm + self.confusion
        return wrong / self.speech if self.speech else float(wrong > 0)


def compare(reference: Sequence[Turn], found: Sequence[Turn], *, collar: float = 0.0) -> DiarizationError:
    """Score ``found`` under the best one-to-one mapping of its speakers to those of ``reference``.

    ``collar`` seconds on **both** sides of each reference boundary do not count, as NIST md-eval has it (usually
    0.25); pyannote.metrics calls the same ``collar=0.5``, the length of the whole gap. Overlapping speech counts.
    Turns of one speaker that overlap or touch are one turn, so there is no boundary between them.
    """
    if not (reference or found):
        return together([])
    from pyannote.metrics.diarization import DiarizationErrorRate

    metric = DiarizationErrorRate(collar=2 * collar)
    parts = metric(_annotation(reference), _annotation(found), uem=_everything([*reference, *found]), detailed=True)
    return DiarizationError(
        speech=float(parts["total"]),
        missed=float(parts["missed detection"]),
        false_alarm=float(parts["false alarm"]),
        confusion=float(parts["confusion"]),
    )


def _everything(turns: Sequence[Turn]) -> Timeline:
    from pyannote.core import Segment, Timeline

    return Timeline([Segment(min(turn.start for turn in turns), max(turn.end for turn in turns))])


def _annotation(turns: Sequence[Turn]) -> Annotation:
    from pyannote.core import Annotation, Segment

    said = Annotation()
    for speaker in sorted({turn.speaker for turn in turns}):
        for span in merge(Span(turn.start, turn.end) for turn in turns if turn.speaker == speaker):
            said[Segment(span.start, span.end), speaker] = speaker
    return said


def together(errors: Iterable[DiarizationError]) -> DiarizationError:
    """Return the seconds of all, so that the rate weighs each second alike, not each recording."""
    known = list(errors)
    return DiarizationError(
        speech=sum(one.speech for one in known),
        missed=sum(one.missed for one in known),
        false_alarm=sum(one.false_alarm for one in known),
        confusion=sum(one.confusion for one in known),
    )
