"""How loud a clip is, and how it becomes as loud as others without clipping.

Loudness is the integrated one of ``media.loudness``, here of both channels at 48 kHz.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .. import loudness

Samples = NDArray[np.int16]
Floats = NDArray[np.float32]

RATE: Final = 48_000
TARGET_LUFS: Final = -16.0  # what podcasts and video sites play speech at
PEAK: Final = 10 ** (-1.8 / 20)  # -1.5 dBTP less what twofold oversampling may miss
MOST_GAIN_DB: Final = 20.0  # more would make speech of the room's noise
SILENT_PEAK: Final = 10  # of 32768, as in ``media.audio``

_HOP: Final = RATE // 10
_STEP: Final = RATE // 1000  # the limiter decides once a millisecond …
_REACH: Final = 8  # … and begins so many of them before a peak
_ROUNDS: Final = 3  # of making up for what the limiter takes
_HEARD_LU: Final = 0.1  # less is not worth another round
_CHUNK: Final = 20 * _HOP
_NONE: Final = np.zeros(0, dtype=np.float32)
# Values halfway between samples: a windowed sinc of twelve taps.
_BETWEEN: Final = (np.sinc(np.arange(-5.5, 6.0)) * np.hanning(14)[1:-1]).astype(np.float32)


class Meter:
    """Listens to a clip block by block, from its beginning to its end."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._powers: list[Floats] = []
        self._peaks: list[Floats] = []
        self._waiting: list[Floats] = []
        self._held = 0

    def feed(self, samples: Samples) -> None:
        """Take samples of shape (n, channels)."""
        self._waiting.append(samples.astype(np.float32) / np.float32(32768))
        self._held += len(samples)
        if self._held >= _CHUNK:
            whole = np.concatenate(self._waiting)
            cut = len(whole) // _CHUNK * _CHUNK
            for at in range(0, cut, _CHUNK):
                self._take(whole[at : at + _CHUNK])
            self._waiting, self._held = [whole[cut:]], len(whole) - cut

    def finish(self) -> None:
        """Take what is held back; nothing may follow."""
        rest = np.concatenate([*self._waiting, np.zeros((0, self._channels), dtype=np.float32)])
        self._waiting = []
        if len(rest):
            self._take(rest)

    @property
    def silent(self) -> bool:
        """Whether there was nothing that anyone can hear."""
        return max((float(peaks.max()) for peaks in self._peaks), default=0.0) <= SILENT_PEAK / 32768

    @property
    def loudness(self) -> float | None:
        """Integrated loudness in LUFS, None for silence and for less than 0.4 s."""
        return loudness.integrated(np.concatenate([*self._powers, _NONE]))

    def gain(self) -> float:
        """Return the factor that brings the clip to the target loudness once it is limited; 1 for silence."""
        measured = self.loudness
        if self.silent or measured is None:
            return 1.0
        decibels = min(TARGET_LUFS - measured, MOST_GAIN_DB)
        for _ in range(_ROUNDS):
            lost = measured + decibels - (self._limited(_factor(decibels)) or TARGET_LUFS)
            if lost <= _HEARD_LU:
                break
            decibels = min(TARGET_LUFS - measured + lost, MOST_GAIN_DB)
        return _factor(decibels)

    def _limited(self, gain: float) -> float | None:
        """Return about how loud the clip is behind the limiter: the loudest samples of a hop carry its power."""
        hops, curve = np.concatenate([*self._powers, _NONE]), self.curve(gain)
        if curve is None:
            return loudness.integrated(hops * np.float32(gain**2))
        weights = np.square(np.concatenate(self._peaks), dtype=np.float64)
        kept = np.add.reduceat(weights * np.square(curve), range(0, len(weights), _HOP // _STEP))[: len(hops)]
        whole = np.add.reduceat(weights, range(0, len(weights), _HOP // _STEP))[: len(hops)]
        return loudness.integrated((hops * gain**2 * kept / np.maximum(whole, 1e-20)).astype(np.float32))

    def curve(self, gain: float) -> Floats | None:
        """Return the limiter's factor for each millisecond once ``gain`` is applied; None where none is needed.

        Where a peak is too high it falls smoothly before it and rises smoothly after it.
        """
        peaks = np.concatenate(self._peaks) if self._peaks else np.zeros(0, dtype=np.float32)
        if not len(peaks) or float(peaks.max()) * gain <= PEAK:
            return None
        needed = np.minimum(PEAK / np.maximum(peaks * np.float32(gain), PEAK), 1.0).astype(np.float32)
        padded = np.pad(needed, 2 * _REACH, mode="edge")
        lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * _REACH + 1).min(axis=1)
        window = np.hanning(2 * _REACH + 3)[1:-1]
        smooth: Floats = np.convolve(lowest, (window / window.sum()).astype(np.float32), mode="valid")
        return smooth

    def _take(self, samples: Floats) -> None:
        whole = len(samples) // _HOP
        hops = samples[: whole * _HOP].reshape(whole, _HOP, self._channels)
        self._powers.append(np.sum([_power(hops[:, :, each]) for each in range(self._channels)], axis=0))
        self._peaks.append(_peaks(samples))


def applied(samples: Samples, gain: float, curve: Floats | None, first: int) -> Samples:
    """Return the samples, of which the first is number ``first`` of the clip, made louder and limited."""
    louder = samples.astype(np.float32) * np.float32(gain)
    if curve is not None:
        numbers = np.arange(first, first + len(samples), dtype=np.float64)
        centres = numbers / _STEP - 0.5
        low = max(int(centres[0]) - 1, 0)
        part = curve[low : int(centres[-1]) + 3]
        louder *= np.interp(centres, np.arange(low, low + len(part)), part).astype(np.float32)[:, None]
    made: Samples = np.clip(np.rint(louder), -32768, 32767).astype(np.int16)
    return made


def _factor(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _power(hops: Floats) -> Floats:
    """Return the weighted mean square of each tenth of a second, a row each (Parseval)."""
    spectrum = np.fft.rfft(np.ascontiguousarray(hops), axis=1)
    squares: Floats = np.square(spectrum.real) + np.square(spectrum.imag)
    return squares @ _weights()


@cache
def _weights() -> Floats:
    gains = loudness.gains(np.linspace(0.0, RATE / 2, _HOP // 2 + 1))
    gains[1:-1] *= 2  # each stands for its mirror image as well; the first and the last have none
    return (gains / _HOP**2).astype(np.float32)


def _peaks(samples: Floats) -> Floats:
    """Return the highest value of each millisecond, also between the samples."""
    loudest = np.abs(samples).max(axis=1)
    between = np.empty(len(samples), dtype=np.float32)
    for channel in np.ascontiguousarray(samples.T):
        between[:] = np.convolve(channel, _BETWEEN, mode="full")[6 : 6 + len(channel)]
        np.maximum(loudest, np.abs(between, out=between), out=loudest)
    filled = np.pad(loudest, (0, -len(loudest) % _STEP))
    highest: Floats = filled.reshape(-1, _STEP).max(axis=1)
    return highest
