"""Mixing channels to one so that speech survives, whatever the microphones were wired like."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

BLOCK_SAMPLES: Final = 8000  # half a second at 16 kHz: one decision each
# Below this part of the power that unrelated channels would give, they cancel each other out.
_CANCELLED: Final = 0.1
_SWITCH: Final = 4.0  # another channel must be 6 dB stronger before it replaces the chosen one
# Centre first, surround less, no bass effects: ITU-R BS.775 rounded, by ffmpeg's order of channels.
_WEIGHTS: Final = {
    "5.1": (0.7, 0.7, 1.0, 0.0, 0.5, 0.5),
    "5.1(side)": (0.7, 0.7, 1.0, 0.0, 0.5, 0.5),
    "7.1": (0.7, 0.7, 1.0, 0.0, 0.5, 0.5, 0.5, 0.5),
}


class Downmix:
    """Mixes block after block; ``peak`` is the largest absolute sample so far.

    Where the weighted sum of a block loses its level (one channel is the other's inverse), the strongest
    channel takes its place. A channel that is silent throughout costs level but no words.
    """

    def __init__(self, channels: int, layout: str = "") -> None:
        weights = _WEIGHTS.get(layout, ())
        chosen = weights if len(weights) == channels else (1.0,) * channels
        self._weights = np.asarray(chosen, dtype=np.float32) / np.float32(sum(chosen))
        self._channels = channels
        self._kept = 0  # the channel used last instead of the mix
        self.peak = 0

    def mix(self, interleaved: bytes) -> Samples:
        """Return the mono samples of whole frames of interleaved 16-bit samples."""
        frames = np.frombuffer(interleaved, dtype="<i2").reshape(-1, self._channels)
        if self._channels == 1:
            mono: Samples = frames[:, 0]
        else:
            blocks = [self._block(frames[at : at + BLOCK_SAMPLES]) for at in range(0, len(frames), BLOCK_SAMPLES)]
            mono = np.concatenate(blocks) if blocks else frames[:, 0]
        if len(mono):
            self.peak = max(self.peak, int(np.abs(mono.astype(np.int32)).max()))
        return mono

    def _block(self, frames: Samples) -> Samples:
        values = frames.astype(np.float32)
        mono = values @ self._weights
        power = values.var(axis=0)
        if mono.var() < _CANCELLED * float((self._weights**2) @ power):
            return frames[:, self._strongest(power)]
        return np.rint(mono).astype(np.int16)

    def _strongest(self, power: NDArray[np.float32]) -> int:
        best = int(power.argmax())
        if power[best] > _SWITCH * power[self._kept]:
            self._kept = best
        return self._kept
