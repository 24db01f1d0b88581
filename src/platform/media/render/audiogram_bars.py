"""How loud a voice is, drawn as bars: the loudness of the moment in the middle, what was before runs outwards."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

BARS: Final = 41  # odd: one is in the middle
LEVELS: Final = 64  # a bar's height, up and down together
_RANGE_DB: Final = 20.0  # below the clip's loud moments; what is softer is a dot
_CURVE: Final = 1.3  # parts the loud from the middling more than decibels do
_LOUD: Final = 90  # per cent of all moments are softer than what fills the height
_FLOOR_DB: Final = -80.0
_RELEASE: Final = 0.6  # of a bar's height is left one frame later
_OUTER: Final = 0.35  # of the height is left at the ends
_BLOCK_FRAMES: Final = 256

_Values = NDArray[np.float32]


def write(sound: Path, target: Path, *, rate: tuple[int, int], frames: int) -> None:
    """Write ``frames`` grey pictures of ``BARS`` by ``LEVELS`` bytes each, one a bar's width, for a 16-bit WAV."""
    heights = loudness(sound, rate=rate, frames=frames)
    with target.open("wb") as file:
        for first in range(0, frames, _BLOCK_FRAMES):
            file.write(pictures(heights, first, min(first + _BLOCK_FRAMES, frames)).tobytes())


def loudness(sound: Path, *, rate: tuple[int, int], frames: int) -> _Values:
    """Return how loud each frame is, from 0 to 1; 0 where the sound has ended."""
    levels = np.full(frames, _FLOOR_DB, np.float32)
    for number, samples in enumerate(_blocks(sound, rate, frames)):
        power = float(np.mean(np.square(samples, dtype=np.float32))) if len(samples) else 0.0
        levels[number] = max(10 * np.log10(power + 1e-12), _FLOOR_DB)
    loud = max(float(np.percentile(levels, _LOUD)), _FLOOR_DB + _RANGE_DB)
    return _falling(np.clip((levels - loud) / _RANGE_DB + 1, 0, 1) ** _CURVE)


def pictures(heights: _Values, first: int, end: int) -> NDArray[np.uint8]:
    """Return the pictures of the frames from ``first`` to before ``end``: 255 where a bar is."""
    delays = np.abs(np.arange(BARS) - BARS // 2)
    moments = np.arange(first, end)[:, None] - delays[None, :]
    shown = np.where(moments >= 0, heights[np.maximum(moments, 0)], 0)
    shown = shown * (1 - (1 - _OUTER) * delays / (BARS // 2))
    distance = np.abs(np.arange(LEVELS) - (LEVELS - 1) / 2) / (LEVELS / 2)
    least = 1.5 / LEVELS  # a dot
    lit = distance[None, :, None] <= np.maximum(shown, least)[:, None, :]
    return np.where(lit, np.uint8(255), np.uint8(0))


def _falling(heights: _Values) -> _Values:
    """Let bars rise at once and fall slowly, as meters do: what jumps both ways only flickers."""
    held, last = np.empty_like(heights), 0.0
    for number, height in enumerate(heights):
        last = max(float(height), last * _RELEASE)
        held[number] = last
    return held


def _blocks(sound: Path, rate: tuple[int, int], frames: int) -> Iterator[_Values]:
    """Yield the samples of each frame, -1 to 1, all channels together."""
    with wave.open(str(sound), "rb") as file:
        step = file.getframerate() * rate[1] / rate[0]
        for number in range(frames):
            count = int((number + 1) * step) - int(number * step)
            samples: _Values = np.frombuffer(file.readframes(count), "<i2").astype(np.float32)
            yield samples / np.float32(32768)
