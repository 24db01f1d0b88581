"""Mel spectrograms as the speaker encoder was trained on: librosa's, in numpy alone.

``librosa.feature.melspectrogram(y, sr=16000, n_fft=400, hop_length=160, n_mels=40)``: periodic Hann window of
25 ms, a step of 10 ms, centred frames with zeros outside, power, Slaney's mel scale with filters of equal area.
No logarithm.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from .audio import RATE, Samples

FFT = 400
HOP = 160  # samples between frames: 10 ms
BANDS = 40

_LINEAR_HZ_PER_MEL = 200 / 3
_LOG_FROM_HZ = 1000.0  # the scale is linear below, logarithmic above
_LOG_STEP = np.log(6.4) / 27

Mels = npt.NDArray[np.float32]


def spectrogram(samples: Samples) -> Mels:
    """Return ``1 + len(samples) // 160`` frames of 40 powers; frame i is centred on sample 160 i."""
    padded = np.pad(samples, FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]
    power = np.abs(np.fft.rfft(frames * _hann(), axis=1)) ** 2
    return np.asarray(power @ filters().T, dtype=np.float32)


@cache
def filters() -> npt.NDArray[np.float64]:
    """Return the 40 triangular filters over 201 FFT bins."""
    bins = np.fft.rfftfreq(FFT, 1 / RATE)
    edges = _mel_to_hz(np.linspace(0.0, _hz_to_mel(RATE / 2), BANDS + 2))
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    area = 2.0 / (edges[2:] - edges[:-2])
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)) * area[:, None])


@cache
def _hann() -> npt.NDArray[np.float64]:
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT))


def _hz_to_mel(hz: float) -> float:
    """Return ``hz`` (at least 1000) on Slaney's scale: 1000 -> 15, 6400 -> 42."""
    return float(_LOG_FROM_HZ / _LINEAR_HZ_PER_MEL + np.log(hz / _LOG_FROM_HZ) / _LOG_STEP)


def _mel_to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    turn = _LOG_FROM_HZ / _LINEAR_HZ_PER_MEL
    above = _LOG_FROM_HZ * np.exp(_LOG_STEP * (mel - turn))
    return np.where(mel >= turn, above, mel * _LINEAR_HZ_PER_MEL)
