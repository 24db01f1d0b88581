"""Diarization error rate: how much of the reference speech is missed, invented or given to the wrong person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .transcript import Turn


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

    ``collar`` seconds on both sides of each reference boundary do not count (NIST md-eval uses 0.25).
    """
    speech = missed = false_alarm = paired = 0.0
    together: dict[tuple[str, str], float] = {}
    for seconds, true, said in _cells(reference, found, collar):
        speech += seconds * len(true)
        missed += seconds * max(0, len(true) - len(said))
        false_alarm += seconds * max(0, len(said) - len(true))
        paired += seconds * min(len(true), len(said))
        for name in true:
            for other in said:
                together[name, other] = together.get((name, other), 0.0) + seconds
    return DiarizationError(
        speech=speech, missed=missed, false_alarm=false_alarm, confusion=max(0.0, paired - _best_mapping(together))
    )


def _cells(
    reference: Sequence[Turn], found: Sequence[Turn], collar: float
) -> list[tuple[float, frozenset[str], frozenset[str]]]:
    """Cut the time line wherever something changes: (seconds, who speaks, who is said to speak)."""
    marks = sorted({at for turn in reference for at in (turn.start, turn.end)})
    edges = {mark + side for mark in marks for side in (-collar, collar)}
    edges |= {at for turn in found for at in (turn.start, turn.end)}
    cells = []
    for start, end in zip(ordered := sorted(edges), ordered[1:], strict=False):
        middle = (start + end) / 2
        if not any(abs(middle - mark) < collar for mark in marks):
            cells.append((end - start, _speaking(reference, middle), _speaking(found, middle)))
    return cells


def _speaking(turns: Sequence[Turn], at: float) -> frozenset[str]:
    return frozenset(turn.speaker for turn in turns if turn.start <= at < turn.end)


def _best_mapping(together: dict[tuple[str, str], float]) -> float:
    """Return the most seconds that a one-to-one mapping can agree on, over subsets of the reference speakers."""
    names = sorted({name for name, _ in together})
    best = {frozenset[str](): 0.0}
    for other in sorted({other for _, other in together}):
        for taken, agreed in list(best.items()):
            for name in names:
                if name not in taken and (name, other) in together:
                    more = taken | {name}
                    best[more] = max(best.get(more, 0.0), agreed + together[name, other])
    return max(best.values())
