"""How loud a clip is, and how it becomes as loud as others without clipping.

Loudness is the integrated one of EBU R128 (ITU-R BS.1770-4 annex 1): power behind the K filter in windows of 400 ms
every 100 ms, gated at -70 LUFS and at 10 LU below the mean of what is left. Values agree with ffmpeg's ``ebur128`` to
0.1 LU.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
_TAIL: Final = RATE // 10  # the K filter's answer to an impulse is below -200 dB after it
_CHUNK: Final = 25 * _HOP  # what is filtered at once: with the tail on both sides just below …
_SIZE: Final = 1 << 17  # … a power of two that stays in a processor's cache
# BS.1770-4, tables 1 and 2, for 48 kHz: a shelf for the head, a high-pass for low rumble.
_SHELF: Final = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
_HIGH_PASS: Final = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
# Values halfway between samples: a windowed sinc of twelve taps.
_BETWEEN: Final = (np.sinc(np.arange(-5.5, 6.0)) * np.hanning(14)[1:-1]).astype(np.float32)


class Meter:
    """Listens to a clip block by block, from its beginning to its end."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._powers: list[NDArray[np.float64]] = []
        self._peaks: list[Floats] = []
        self._before = np.zeros((_TAIL, channels), dtype=np.float32)
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
    def loudness(self) -> float:
        """Integrated loudness in LUFS, minus infinity for silence."""
        return self._integrated(np.concatenate(self._powers) if self._powers else np.zeros(0))

    def _integrated(self, hops: NDArray[np.float64]) -> float:
        if not len(hops):
            return -np.inf
        width = min(4, len(hops))
        windows = np.convolve(hops, np.full(width, 1 / width), mode="valid")
        heard = windows[_lufs(windows) > -70.0]  # the absolute gate
        if not len(heard):
            return -np.inf
        heard = heard[_lufs(heard) > _lufs(heard.mean()) - 10.0]  # the relative one
        return float(_lufs(heard.mean()))

    def gain(self) -> float:
        """Return the factor that brings the clip to the target loudness once it is limited; 1 for silence."""
        if self.silent or not np.isfinite(self.loudness):
            return 1.0
        decibels = min(TARGET_LUFS - self.loudness, MOST_GAIN_DB)
        for _ in range(_ROUNDS):
            lost = self.loudness + decibels - self._limited(_factor(decibels))
            if lost <= _HEARD_LU:
                break
            decibels = min(TARGET_LUFS - self.loudness + lost, MOST_GAIN_DB)
        return _factor(decibels)

    def _limited(self, gain: float) -> float:
        """Return about how loud the clip is behind the limiter: the loudest samples of a hop carry its power."""
        hops, curve = np.concatenate(self._powers), self.curve(gain)
        if curve is None:
            return self._integrated(hops * gain**2)
        weights = np.square(np.concatenate(self._peaks), dtype=np.float64)
        kept = np.add.reduceat(weights * np.square(curve), range(0, len(weights), _HOP // _STEP))[: len(hops)]
        whole = np.add.reduceat(weights, range(0, len(weights), _HOP // _STEP))[: len(hops)]
        return self._integrated(hops * gain**2 * kept / np.maximum(whole, 1e-20))

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
        return np.convolve(lowest, window / window.sum(), mode="valid").astype(np.float32)

    def _take(self, samples: Floats) -> None:
        joined = np.concatenate([self._before, samples])
        filtered = _k_weighted(joined)[:, _TAIL:]
        self._powers.append(_means(filtered))
        self._peaks.append(_peaks(samples))
        self._before = joined[-_TAIL:]


def applied(samples: Samples, gain: float, curve: Floats | None, first: int) -> Samples:
    """Return the samples, of which the first is number ``first`` of the clip, made louder and limited."""
    louder = samples.astype(np.float32) * np.float32(gain)
    if curve is not None:
        numbers = np.arange(first, first + len(samples), dtype=np.float64)
        centres = numbers / _STEP - 0.5
        low = max(int(centres[0]) - 1, 0)
        part = curve[low : int(centres[-1]) + 3]
        louder *= np.interp(centres, np.arange(low, low + len(part)), part).astype(np.float32)[:, None]
    return np.clip(np.rint(louder), -32768, 32767).astype(np.int16)


def _factor(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _lufs(power: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(-0.691 + 10 * np.log10(np.maximum(power, 1e-20)))


def _k_weighted(samples: Floats) -> Floats:
    """Filter by multiplying spectra: the filter's answer is short, and numpy has no recursive filters."""
    # Channels one after the other in memory are twice as fast.
    spectrum = np.fft.rfft(np.ascontiguousarray(samples.T), _SIZE) * _response()
    filtered: Floats = np.fft.irfft(spectrum, _SIZE)[:, : len(samples)]
    return filtered


@cache
def _response() -> NDArray[np.complex64]:
    turn = np.exp(-2j * np.pi * np.arange(_SIZE // 2 + 1) / _SIZE)
    answer = np.ones(len(turn), dtype=np.complex128)
    for above, below in (_SHELF, _HIGH_PASS):
        answer *= (above[0] + turn * (above[1] + turn * above[2])) / (below[0] + turn * (below[1] + turn * below[2]))
    return answer.astype(np.complex64)


def _means(filtered: Floats) -> NDArray[np.float64]:
    """Return the power of each tenth of a second, all channels together; a last part counts if it is all there is."""
    whole = filtered.shape[1] // _HOP
    if not whole:
        return np.array([np.square(filtered, dtype=np.float64).mean(axis=1).sum()])
    hops = filtered[:, : whole * _HOP].reshape(len(filtered), whole, _HOP)
    return np.einsum("cij,cij->i", hops, hops).astype(np.float64) / _HOP


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
