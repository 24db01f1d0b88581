"""Taking slices out of sound that comes in blocks, with short fades where it was cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np

from .sound_level import RATE, Samples

FADE: Final = RATE // 100  # 10 ms: no click is heard, and no sound of speech is lost
_SILENCE: Final = 10 * RATE  # filled up in pieces of this


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """A slice, in samples of the recording; it is faded where what comes before or after is not its neighbour."""

    first: int
    count: int
    fade_in: bool = True
    fade_out: bool = True


class Slices:
    """Slices one after the other, none overlapping; ``at`` is the number of the sample that comes next."""

    def __init__(self, cuts: Sequence[Cut], channels: int) -> None:
        self._cuts = list(cuts)
        self._given = 0  # of the slice that is due
        self.channels = channels
        self.first, self.end = cuts[0].first, cuts[-1].first + cuts[-1].count
        self.at = 0
        self.heard = False  # whether any sample of any slice has come

    def feed(self, content: bytes) -> list[Samples]:
        """Return what of the slices is in the next block of interleaved 16-bit samples."""
        samples = np.frombuffer(content, dtype="<i2").reshape(-1, self.channels)
        found = []
        begin, end = self.at, self.at + len(samples)
        while self._cuts:
            due = self._cuts[0].first + self._given
            until = min(self._cuts[0].first + self._cuts[0].count, end)
            if due < begin or until <= due:
                break
            found.append(self._give(samples[due - begin : until - begin]))
            self.heard = True
        self.at = end
        return found

    def missing(self) -> Iterator[Samples]:
        """Yield silence for what has not come."""
        while self._cuts:
            left = self._cuts[0].count - self._given
            yield self._give(np.zeros((min(left, _SILENCE), self.channels), dtype=np.int16))

    def _give(self, part: Samples) -> Samples:
        cut, begin = self._cuts[0], self._given
        self._given += len(part)
        if self._given == cut.count:
            self._cuts.pop(0)
            self._given = 0
        return faded(part, begin, cut)


def faded(part: Samples, begin: int, cut: Cut) -> Samples:
    """Return ``part``, which begins ``begin`` samples into its slice, with the slice's fades."""
    length = min(FADE, cut.count // 2)
    if not length or (begin >= length and begin + len(part) <= cut.count - length):
        return part
    position = np.arange(begin, begin + len(part), dtype=np.float32) + np.float32(0.5)
    factor = np.ones(len(part), dtype=np.float32)
    if cut.fade_in:
        factor = np.minimum(factor, position / length)
    if cut.fade_out:
        factor = np.minimum(factor, (cut.count - position) / length)
    # Half a wave of the cosine: it begins and ends level.
    smooth = (1 - np.cos(np.pi * np.minimum(factor, 1))) / 2
    made: Samples = np.rint(part * smooth[:, None]).astype(np.int16)
    return made
