"""From overlapping windows back to one time line of turns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...domain.transcript import Turn
from .audio import RATE
from .clustering import Labels
from .segmentation import FIRST_FRAME, FRAME, FRAMES, Activity

SHORTEST_TURN = 0.2  # seconds; less is a click or a breath
SHORTEST_PAUSE = 0.6  # seconds; a shorter pause of one speaker does not end their turn
_BLOCK = 100_000  # frames ranked at a time: half an hour, for its memory

Timeline = npt.NDArray[np.bool_]


def timeline(starts: Sequence[int], active: Activity, labels: Labels, people: int) -> Timeline:
    """Return (frame, person) over the whole recording.

    As many people speak in a frame as its windows say on average, rounded; they are those with most windows for them.
    """
    total = (starts[-1] // FRAME if starts else 0) + FRAMES
    votes, heard, seen = np.zeros((total, people), np.float32), np.zeros(total, np.float32), np.zeros(total, np.float32)
    for start, window, names in zip(starts, active, labels, strict=True):
        at = slice(start // FRAME, start // FRAME + FRAMES)
        seen[at] += 1
        heard[at] += window.sum(axis=1)
        for person in set(names[names >= 0].tolist()):
            votes[at, person] += window[:, names == person].any(axis=1)
    speaking = np.floor(heard / np.maximum(seen, 1) + 0.5).astype(int)
    line = np.zeros((total, people), np.bool_)
    for first in range(0, total, _BLOCK):
        block = slice(first, first + _BLOCK)
        rank = np.argsort(np.argsort(-votes[block], axis=1, kind="stable"), axis=1)
        line[block] = (rank < speaking[block, None]) & (votes[block] > 0)
    return line


def turns(line: Timeline, duration: float) -> list[Turn]:
    """Return the turns, sorted by start, people named SPEAKER_00, … by their first turn; ``duration`` in seconds."""
    spans = sorted(
        (start, end, person) for person in range(line.shape[1]) for start, end in _spans(line[:, person], duration)
    )
    names: dict[int, str] = {}
    for _, _, person in spans:
        names.setdefault(person, f"SPEAKER_{len(names):02d}")
    return [Turn(start=start, end=end, speaker=names[person]) for start, end, person in spans]


def _spans(active: npt.NDArray[np.bool_], duration: float) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]))).reshape(-1, 2)
    spans: list[tuple[float, float]] = []
    for first, last in edges.tolist():
        start, end = _seconds(first, duration), _seconds(last, duration)
        if spans and start - spans[-1][1] < SHORTEST_PAUSE:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [(start, end) for start, end in spans if end - start >= SHORTEST_TURN]


def _seconds(frame: int, duration: float) -> float:
    at = (FIRST_FRAME + frame * FRAME) / RATE if frame else 0.0
    return round(min(at, duration), 3)
