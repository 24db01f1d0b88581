"""Who speaks in a window of five seconds: up to three local speakers, who may overlap.

The network (pyannote/segmentation, Bredin and Laurent 2021) sees one window at a time, so a local speaker has no
name beyond it; ``clustering`` finds out which of them are one person.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .audio import RATE, Samples
from .networks import Floats, Network

WINDOW = 5 * RATE  # samples
FRAME = 270  # samples a frame
FRAMES = 293  # frames a window
FIRST_FRAME = 360  # sample at which frame 0 begins: (991 samples of receptive field - 270) / 2
SPEAKERS = 3
STEP_FRAMES = 60  # windows start every 60 frames (1.01 s), so that frames of all windows lie on one grid
STEP = STEP_FRAMES * FRAME

ONSET, OFFSET = 0.5, 0.4  # a voice begins above the one and ends below the other

Activity = npt.NDArray[np.bool_]


def starts(length: int) -> list[int]:
    """Return the first sample of each window over ``length`` samples; the last one reaches the end."""
    if length <= WINDOW:
        return [0] if length else []
    regular = list(range(0, length - WINDOW + 1, STEP))
    last = (length - WINDOW) // FRAME * FRAME
    return regular if last == regular[-1] else [*regular, last]


def score(network: Network, windows: Samples) -> Floats:
    """Return how likely each local speaker is heard: (window, 293 frames, 3), 0 to 1."""
    return network.run(windows[:, None, :])


def binarise(scores: Floats, *, onset: float = ONSET, offset: float = OFFSET) -> Activity:
    """Switch each local speaker on above ``onset`` and off again only below ``offset``."""
    active = np.empty(scores.shape, dtype=np.bool_)
    state = scores[:, 0] > onset
    for frame in range(scores.shape[1]):
        now = scores[:, frame]
        state = np.where(state, now >= offset, now > onset)
        active[:, frame] = state
    return active
