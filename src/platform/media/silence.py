"""Find the silent stretches of a decoded recording.

Steps: 1. the level of every 10 ms, in half decibels, one byte each (4 MB for twelve hours); 2. a
threshold for this file: above its noise floor, far below its loud parts; 3. runs of quiet frames that
last long enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..domain.timeline import Span
from . import wav

OnProgress = Callable[[float], Awaitable[None]]
Levels = NDArray[np.uint8]  # half decibels below full scale: 0 is as loud as can be, 192 is nothing at all

MIN_SECONDS: Final = 0.5
FRAME_SECONDS: Final = 0.01
_FRAME: Final = round(wav.RATE * FRAME_SECONDS)
_BLOCK: Final = 60 * wav.RATE
_NOTHING: Final = 192
_HALF: Final = 2  # steps per decibel

# In decibels; tried on lectures, meetings, music and noise of the test media.
_ABOVE_FLOOR: Final = 9.0  # noise varies by about 4 dB from frame to frame
_FARTHEST: Final = 45.0  # below the loud parts everything is silence, also over a digital-zero floor
_NEAREST: Final = 28.0  # above this below the loud parts nothing is: quiet music is no silence
_FLAT: Final = 10.0  # a file whose loud parts are so near its floor is one sound, or …
_QUIET: Final = 50.0  # … if it is below this level throughout, one silence
_FLOOR_SHARE: Final = 0.05
_LOUD_SECONDS: Final = 2.0  # as much of the recording counts as "the loud parts", at most a twentieth of it
_CLICK_FRAMES: Final = 2  # a sound this short inside a silence does not break it
_CLICK_MARGIN: Final = 25  # frames of silence it needs on both sides


async def detect(path: Path, *, on_progress: OnProgress, min_seconds: float = MIN_SECONDS) -> list[Span]:
    """Return the stretches of at least ``min_seconds`` without sound, sorted, seconds from the start.

    ``path`` is a WAV file as ``audio.extract`` writes it. Edges are exact to one or two frames of 10 ms.
    ``on_progress`` gets fractions from 0 to 1.

    Raises:
        BadMedia: the file is not of our format.
    """
    total = await asyncio.to_thread(wav.length, path)
    found: list[Levels] = []
    blocks, done = wav.blocks(path, _BLOCK), 0
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        found.append(await asyncio.to_thread(_levels, block))
        done += len(block)
        await on_progress(done / total)
    if not found:
        return []
    levels = np.concatenate(found)
    return [
        Span(round(start * FRAME_SECONDS, 3), round(min(end * FRAME_SECONDS, total / wav.RATE), 3))
        for start, end in _runs(levels > _threshold(levels), min_frames=round(min_seconds / FRAME_SECONDS))
    ]


def _levels(samples: NDArray[np.int16]) -> Levels:
    """Return the level of each frame; a constant offset does not count. A last part frame is filled up."""
    missing = -len(samples) % _FRAME
    frames = np.pad(samples, (0, missing), mode="edge").reshape(-1, _FRAME).astype(np.float32)
    power = frames.var(axis=1) / np.float32(32768.0**2)
    decibels = -10.0 * np.log10(np.maximum(power, 1e-12))
    levels: Levels = np.clip(np.rint(decibels * _HALF), 0, _NOTHING).astype(np.uint8)
    return levels


def _threshold(levels: Levels) -> int:
    """Return the level from which on a frame is silent (levels grow towards silence)."""
    ordered = np.sort(levels)
    loud = float(ordered[min(round(_LOUD_SECONDS / FRAME_SECONDS), len(levels) // 20)]) / _HALF
    floor = float(ordered[-1 - int(len(levels) * _FLOOR_SHARE)]) / _HALF
    if floor - loud < _FLAT:
        return -1 if loud > _QUIET else _NOTHING
    wanted = min(max(floor - _ABOVE_FLOOR, loud + _NEAREST), loud + _FARTHEST)
    return round(wanted * _HALF)


def _runs(quiet: NDArray[np.bool_], *, min_frames: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the runs of True that last ``min_frames`` or more, once clicks are ignored."""
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8), prepend=0, append=0))
    current: tuple[int, int] | None = None
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if current and _is_click(current, (start, end)):
            current = (current[0], end)
            continue
        if current and current[1] - current[0] >= min_frames:
            yield current
        current = (start, end)
    if current and current[1] - current[0] >= min_frames:
        yield current


def _is_click(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether the sound between two silences is too short to be one."""
    margin = min(before[1] - before[0], after[1] - after[0])
    return after[0] - before[1] <= _CLICK_FRAMES and margin >= _CLICK_MARGIN
