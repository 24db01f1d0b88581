"""Find the silent stretches of a decoded recording.

Steps: 1. the level of every 10 ms (``soundings``); 2. a threshold for this file: above its noise floor, far below
its loud parts; 3. runs of quiet frames; 4. their edges move inwards until what fades before and after has sunk into
the noise; 5. those that last long enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..domain.timeline import Span
from . import soundings
from .soundings import FRAME_SECONDS, NOTHING, STEPS_PER_DECIBEL, Levels, OnProgress, Soundings

MIN_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 0.12  # the shortest rest between words; the closure of a "t" takes 0.05 to 0.1 s

Run = tuple[int, int]

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

# The ends of words lie below the threshold but above the noise for another 40 to 80 ms.
_FADED: Final = 3.0  # decibels above the noise: twice its power
_SMOOTHED: Final = 7  # frames, centred, that are averaged: a single one of noise varies too much
_FADE_FRAMES: Final = 10  # what has not sunk into the noise by then is no fading word: a silence's edge stays, …
_PAUSE_FADE_FRAMES: Final = 30  # … but a pause begins after it, be it breath or speech, or it is none
_NOISE_FRAMES: Final = 50  # runs from which the noise is read, without …
_NOISE_MARGIN: Final = 10  # … so many at either end
_POWER: Final = 10 ** (-np.arange(256) / (10.0 * STEPS_PER_DECIBEL))  # of each level


async def detect(path: Path, *, on_progress: OnProgress, min_seconds: float = MIN_SECONDS) -> list[Span]:
    """Return the silences of a WAV file as ``audio.extract`` writes it; see ``find``.

    ``on_progress`` gets fractions from 0 to 1.

    Raises:
        BadMedia: the file is not of our format.
    """
    return find(await soundings.read(path, on_progress=on_progress), min_seconds=min_seconds)


def find(heard: Soundings, *, min_seconds: float = MIN_SECONDS) -> list[Span]:
    """Return the stretches of at least ``min_seconds`` without sound, sorted, seconds from the start.

    On the lectures of the test media every edge between words and a known silence is within 50 ms of the truth.
    """
    levels = heard.level_array()
    if not len(levels):
        return []
    return _spans(_quiet_runs(levels, _frames(min_seconds)), heard, min_seconds)


def pauses(heard: Soundings) -> list[Span]:
    """Return where one may cut: stretches of ``PAUSE_SECONDS`` or more that hold no speech, sorted.

    Stricter than ``find``: what fades for longer, or a breath at an end, is left out, so that a silence may be longer
    than the pause in it. Of the pauses in the lectures of the test media the alignment gives one in eight to a word
    beside it; in what was recorded of those words they are quiet, 25 dB below the speech and more.
    """
    levels = heard.level_array()
    if not len(levels):
        return []
    return _spans(_quiet_runs(levels, _frames(PAUSE_SECONDS), strict=True), heard, PAUSE_SECONDS)


def _spans(runs: list[Run], heard: Soundings, min_seconds: float) -> list[Span]:
    return [
        Span(round(start * FRAME_SECONDS, 3), round(min(end * FRAME_SECONDS, heard.seconds), 3))
        for start, end in runs
        if end - start >= _frames(min_seconds)
    ]


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_SECONDS)


def _quiet_runs(levels: Levels, least: int, *, strict: bool = False) -> list[Run]:
    """Return the runs that may last ``least`` frames; those that lose their fades may be shorter."""
    ordered = np.sort(levels)
    loud = _decibels(ordered[min(round(_LOUD_SECONDS / FRAME_SECONDS), len(levels) // 20)])
    threshold = _threshold(loud, floor=_decibels(ordered[-1 - int(len(levels) * _FLOOR_SHARE)]))
    runs = list(_runs(levels > threshold, at_least=min(least, _CLICK_MARGIN)))
    limit = min(_noise(levels, runs) - _FADED, loud + _FARTHEST)
    runs = [run for run in runs if run[1] - run[0] >= least]
    return runs if limit * STEPS_PER_DECIBEL <= threshold else _without_fades(levels, runs, limit, strict=strict)


def _threshold(loud: float, *, floor: float) -> int:
    """Return the level from which on a frame is silent (levels grow towards silence)."""
    if floor - loud < _FLAT:
        return -1 if loud > _QUIET else NOTHING
    wanted = min(max(floor - _ABOVE_FLOOR, loud + _NEAREST), loud + _FARTHEST)
    return round(wanted * STEPS_PER_DECIBEL)


def _noise(levels: Levels, runs: list[Run]) -> float:
    """Return the usual level inside of long runs, in decibels below full scale; 0 where there is none."""
    inner = [levels[a + _NOISE_MARGIN : b - _NOISE_MARGIN] for a, b in runs if b - a >= _NOISE_FRAMES]
    return _decibels(np.median(np.concatenate(inner))) if inner else 0.0


def _decibels(level: np.uint8 | np.floating) -> float:
    """Return a level as decibels below full scale."""
    return float(level) / STEPS_PER_DECIBEL


def _without_fades(levels: Levels, runs: list[Run], limit: float, *, strict: bool) -> list[Run]:
    """Return the runs without what fades at their ends: levels above ``limit``, in decibels below full scale."""
    edges = np.array(runs, dtype=np.int64).reshape(-1, 2)
    starts = edges[:, 0] + _fading(levels, edges[:, 0], 1, limit, strict=strict)
    ends = edges[:, 1] - _fading(levels, edges[:, 1] - 1, -1, limit, strict=strict)
    # A recording does not fade in or out of nothing: its first and last silence reach its ends.
    starts, ends = np.where(edges[:, 0] == 0, 0, starts), np.where(edges[:, 1] == len(levels), len(levels), ends)
    return [(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True) if start < end]


def _fading(levels: Levels, frames: NDArray[np.int64], step: int, limit: float, *, strict: bool) -> NDArray[np.int64]:
    """Return for each frame how many follow in the direction of ``step`` before the noise is reached."""
    half, longest = _SMOOTHED // 2, _PAUSE_FADE_FRAMES if strict else _FADE_FRAMES
    around = np.arange(-half, longest + half) * step
    power = _POWER[levels[np.clip(frames[:, None] + around, 0, len(levels) - 1)]]
    smooth = np.lib.stride_tricks.sliding_window_view(power, _SMOOTHED, axis=1).mean(axis=2)
    sunk = smooth < 10 ** (-limit / 10)
    first: NDArray[np.int64] = sunk.argmax(axis=1)
    return np.where(sunk.any(axis=1), first, len(levels) if strict else 0)


def _runs(quiet: NDArray[np.bool_], *, at_least: int) -> Iterator[Run]:
    """Yield (start, end) of the runs of True, once clicks are ignored.

    Shorter ones than ``at_least`` (at most ``_CLICK_MARGIN``, so that none is missed beside a click) are the many
    between syllables: they go before anything is made of each.
    """
    edges = np.flatnonzero(np.diff(quiet.view(np.int8), prepend=np.int8(0), append=np.int8(0))).reshape(-1, 2)
    current: Run | None = None
    for start, end in edges[edges[:, 1] - edges[:, 0] >= at_least].tolist():
        if current and _is_click(current, (start, end)):
            current = (current[0], end)
            continue
        if current:
            yield current
        current = (start, end)
    if current:
        yield current


def _is_click(before: Run, after: Run) -> bool:
    """Whether the sound between two silences is too short to be one."""
    margin = min(before[1] - before[0], after[1] - after[0])
    return after[0] - before[1] <= _CLICK_FRAMES and margin >= _CLICK_MARGIN
