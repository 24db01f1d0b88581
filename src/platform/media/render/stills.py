"""Still and moving pictures that stand for a clip: the poster and the preview."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ...errors import BadMedia, MediaFailed
from ...process.run import started
from ...process.spawn import Limits
from .. import programs
from .encode_child import MEMORY_BYTES, check, drawn, reading, start, writing

_SMALL: Final = (192, 108)  # enough to tell a sharp picture from a blurred one, whatever its shape
_MOST_LOOKED_AT: Final = 1000  # key frames; a clip of half an hour has 900
_FEWEST: Final = 4  # key frames; with less, all frames are looked at
_JUMPS: Final = 10
_PER_SECOND: Final = 3  # pictures of the preview: ten are over in 3.3 s
_PREVIEW_SIDE: Final = 320
_POSTER_SIDE: Final = 1280
_TIMEOUT: Final = timedelta(seconds=300)
_DARK, _BRIGHT = 24.0, 240.0  # mean of a picture that shows little, of 255
_MOST_OF_A_STILL: Final = 0.9  # of the best score is as good, if it comes earlier

_Small = NDArray[np.uint8]


async def make(video: Path, poster: Path, preview: Path) -> None:
    """Write both stills of a clip of ours, which is read only once to look at it and once to write them.

    Raises: as ``poster``.
    """
    found, keys = await _looked_at(video)
    await _written(video, [_poster(found, poster), _preview(found, preview)], keys=keys)


async def poster(video: Path, target: Path) -> None:
    """Write the best frame of a clip of ours as a JPEG, 1280 pixels on its longer side at most.

    Of the key frames the one that is sharp and rich in contrast, neither black nor white nor in the middle of a
    change; the first of those that are about as good.

    Raises:
        BadMedia: nothing can be decoded.
        MediaFailed: ffmpeg failed.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
    """
    found, keys = await _looked_at(video)
    await _written(video, [_poster(found, target)], keys=keys)


async def preview(video: Path, target: Path) -> None:
    """Write a WebP that jumps through a clip of ours in about three seconds, over and over; 320 pixels at most.

    Raises: as ``poster``.
    """
    found, keys = await _looked_at(video)
    await _written(video, [_preview(found, target)], keys=keys)


class _Still(msgspec.Struct, frozen=True, kw_only=True):
    """What is written where: a filter graph of its own, and the options of its encoder."""

    target: Path
    graph: str
    output: str
    frames: int


def _poster(found: _Small, target: Path) -> _Still:
    chosen = f"select='eq(n,{best(found)})',{_fitted(_POSTER_SIDE)},format=yuvj420p"
    return _Still(target=target, graph=chosen, output="-q:v 3 -f image2 -update 1", frames=1)


def _preview(found: _Small, target: Path) -> _Still:
    shown = spread(len(found), _JUMPS)
    terms = "+".join(f"eq(n,{number})" for number in shown)
    graph = f"select='{terms}',setpts=N/{_PER_SECOND}/TB,{_fitted(_PREVIEW_SIDE)},format=yuv420p"
    output = f"-r {_PER_SECOND} -fps_mode cfr -c:v libwebp_anim -quality 60 -compression_level 3 -loop 0 -f webp"
    return _Still(target=target, graph=graph, output=output, frames=len(shown))


def best(pictures: _Small) -> int:
    """Return the number of the best of the grey pictures (their number, height, width)."""
    scores = np.array([_score(picture) for picture in pictures])
    scores *= _steadiness(pictures)
    return int(np.argmax(scores >= _MOST_OF_A_STILL * scores.max()))


def spread(count: int, wanted: int) -> list[int]:
    """Return ``wanted`` numbers below ``count`` at equal distances, or all of them.

    >>> spread(9, 3), spread(2, 3)
    ([1, 4, 7], [0, 1])
    """
    if count <= wanted:
        return list(range(count))
    return [int((number + 0.5) * count / wanted) for number in range(wanted)]


def _score(picture: _Small) -> float:
    """Return how much is to be seen: edges and contrast, little where it is nearly black or white."""
    levels = picture.astype(np.float32)
    edges = np.abs(np.diff(levels, axis=0)).mean() + np.abs(np.diff(levels, axis=1)).mean()
    mean = float(levels.mean())
    shown = min(mean / _DARK, 1.0) * min((255 - mean) / (255 - _BRIGHT), 1.0)
    return float((edges + 0.05 * levels.std()) * shown) + 1e-6


def _steadiness(pictures: _Small) -> NDArray[np.float64]:
    """Return 0.5 to 1 for each: how like one of its neighbours it is, which one within a change is not."""
    if len(pictures) < 3:
        return np.ones(len(pictures))
    steps = np.abs(np.diff(pictures.astype(np.float64), axis=0)).mean(axis=(1, 2))
    least = np.minimum(np.r_[steps[0], steps], np.r_[steps, steps[-1]])
    steadiness: NDArray[np.float64] = 0.5 + 0.5 / (1 + least / 32)
    return steadiness


async def _looked_at(video: Path) -> tuple[_Small, bool]:
    """Return the clip's key frames, small and grey, and True; or all of its frames where these are too few."""
    found = await _small(video, keys=True)
    if len(found) >= _FEWEST:
        return found, True
    found = await _small(video, keys=False)
    if len(found) == 0:
        raise BadMedia("Nothing of the clip's picture can be decoded.")
    return found, False


async def _small(video: Path, *, keys: bool) -> _Small:
    width, height = _SMALL
    graph = f"scale={width}:{height}:flags=fast_bilinear,format=gray"
    output = ["-an", "-frames:v", str(_MOST_LOOKED_AT), "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"]
    argv = [*await start(), *reading(video, "mov", *_decoding(keys=keys)), "-vf", graph, *output]
    limits = Limits(memory_bytes=MEMORY_BYTES, file_bytes=0)
    async with started(argv, timeout=_TIMEOUT, limits=limits, env=programs.environment()) as child:
        content = b"".join([chunk async for chunk in child.chunks()])
        check(await child.finish(), "looking at the clip", len(content))
    return np.frombuffer(content, np.uint8).reshape(-1, height, width)


def _decoding(*, keys: bool) -> list[str]:
    return ["-threads", "1", *(["-skip_frame", "nokey"] if keys else [])]


async def _written(video: Path, stills: Sequence[_Still], *, keys: bool) -> None:
    async def ignore(frames: int) -> None:
        """It takes a moment only."""

    argv = [*await start(), *reading(video, "mov", *_decoding(keys=keys))]
    for still in stills:
        argv += ["-vf", still.graph, "-an", "-frames:v", str(still.frames), "-map_metadata", "-1"]
        argv += [*still.output.split(), *writing(still.target)]
    most = max(still.frames for still in stills)
    folder = stills[0].target.parent
    await drawn(argv, doing="making stills of the clip", frames=most, folder=folder, on_frames=ignore)
    for still in stills:
        if not await asyncio.to_thread(still.target.exists):
            raise MediaFailed("ffmpeg made no still of the clip.")


def _fitted(side: int) -> str:
    """Return the scaler that makes no side longer than ``side``, and all even."""
    return f"scale=w='trunc(min(1,{side}/max(iw,ih))*iw/2)*2':h='trunc(min(1,{side}/max(iw,ih))*ih/2)*2':flags=bicubic"
