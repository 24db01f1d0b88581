"""What a local speaker sounds like: one vector of 256 numbers, length 1, from where they speak alone.

The encoder (GE2E, Wan et al. 2018, the weights of Resemblyzer) takes 160 mel frames. The frames in which a
speaker is heard alone are joined, cut into pieces of 160, and the pieces' vectors averaged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from . import mel
from .audio import Samples
from .networks import Floats, Network
from .segmentation import FIRST_FRAME, FRAME, FRAMES, Activity

PIECE = 160  # mel frames the encoder takes: 1.6 s
LEAST = 40  # mel frames below which a voice says too little about its speaker: 0.4 s
MOST_PIECES = 4  # cover five seconds with little overlap
TARGET_POWER = 10 ** (-30 / 10)  # -30 dBFS: quieter speech is made this loud, as in training

Lengths = npt.NDArray[np.intp]


def embed(network: Network, windows: Samples, active: Activity) -> tuple[Floats, Lengths]:
    """Return vectors (window, speaker, 256) and how many mel frames (window, speaker) each one stands on.

    A speaker who is heard alone for less than 0.4 s has length 0 and a vector of zeros.
    """
    count, _, speakers = active.shape
    lengths = np.zeros((count, speakers), dtype=np.intp)
    pieces: list[mel.Mels] = []
    owners: list[tuple[int, int]] = []
    for window in range(count):
        frames = mel.spectrogram(windows[window])
        for speaker, chosen in enumerate(alone(active[window], len(frames)).T):
            if chosen.sum() >= LEAST:
                lengths[window, speaker] = chosen.sum()
                cut = cut_up(loud_enough(frames[chosen], windows[window], chosen))
                pieces.extend(cut)
                owners.extend([(window, speaker)] * len(cut))
    return _averaged(network, pieces, owners, (count, speakers)), lengths


def alone(active: Activity, frames: int) -> npt.NDArray[np.bool_]:
    """Return (mel frame, speaker): the frames in which nobody else speaks."""
    single = active & (active.sum(axis=1, keepdims=True) == 1)
    nearest = (np.arange(frames) * mel.HOP - FIRST_FRAME) // FRAME
    return np.asarray(single[np.clip(nearest, 0, FRAMES - 1)])


def loud_enough(frames: mel.Mels, samples: Samples, chosen: npt.NDArray[np.bool_]) -> mel.Mels:
    """Raise speech that is quieter than -30 dBFS to that; louder speech stays."""
    heard = samples[np.repeat(chosen, mel.HOP)[: len(samples)]]
    power = float(np.mean(heard**2)) if len(heard) else 0.0
    return np.asarray(frames * np.float32(max(1.0, TARGET_POWER / max(power, 1e-12))))


def cut_up(frames: mel.Mels) -> list[mel.Mels]:
    """Cut into evenly spread pieces of 160 frames; a shorter voice is repeated until it fills one."""
    if len(frames) <= PIECE:
        return [np.resize(frames, (PIECE, frames.shape[1]))]
    count = min(MOST_PIECES, 1 + round((len(frames) - PIECE) / (PIECE * 0.75)))
    firsts = np.linspace(0, len(frames) - PIECE, max(count, 2)).astype(int)
    return [frames[first : first + PIECE] for first in firsts]


def _averaged(
    network: Network, pieces: Sequence[mel.Mels], owners: Sequence[tuple[int, int]], shape: tuple[int, int]
) -> Floats:
    vectors = np.zeros((*shape, 256), dtype=np.float32)
    if pieces:
        np.add.at(vectors, tuple(np.array(owners).T), network.run(np.stack(pieces)))
    norms = np.linalg.norm(vectors, axis=2, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
