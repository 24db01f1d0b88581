"""A few pictures of a clip, as many as poster and preview need to choose among.

Poster and preview look at keyframes. A recording of slides may have one every 25 seconds, and to choose among all its
pictures each would decode all of them. So they are decoded once, and a few of them kept. A camera writes one every
second or two, and half an hour of that takes seconds to look at; of many, a few are copied.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ...domain.frames import Grid
from .encode_child import drawn, reading, start, writing

LEAST: Final = 5  # keyframes that are enough
MOST: Final = 20
_APART_SECONDS: Final = 0.5


async def make(picture: Path, target: Path, grid: Grid) -> Path:
    """Write up to 20 pictures, half a second apart at least, all of which decode alone; return ``target``.

    Raises:
        MediaFailed: ffmpeg failed.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
    """
    count = max(min(MOST, int(grid.duration / _APART_SECONDS)), 1)
    # What no other picture refers to is passed over, and the smoothing of edges with it: nobody looks closely.
    quickly = ["-skip_frame", "noref", "-skip_loop_filter", "noref", "-threads", "1"]
    output = f"-an -fps_mode passthrough -c:v mjpeg -q:v 3 -pix_fmt yuvj420p -frames:v {count} -f mov"
    await drawn(
        [
            *[*await start(), *reading(picture, "mov", *quickly)],
            *["-vf", f"fps={count}/{grid.duration:.6f}", *output.split(), *writing(target)],
        ],
        doing="choosing pictures of the clip",
        frames=count,
        folder=target.parent,
        on_frames=_nobody,
        extra_seconds=grid.duration,
    )
    return target


async def thinned(picture: Path, target: Path, *, keys: int) -> Path:
    """Copy 20 keyframes or a few less, at even distances, of a picture with so many ``keys``; return ``target``.

    Raises: as ``make``.
    """
    step = -(-keys // MOST)
    chosen = rf"noise=drop=not(key),noise=drop=mod(n\,{step})"
    output = ["-an", "-c", "copy", "-bsf:v", chosen, "-f", "mov"]
    await drawn(
        [*await start(), *reading(picture, "mov", "-discard", "nokey"), *output, *writing(target)],
        doing="choosing pictures of the clip",
        frames=keys,
        folder=target.parent,
        on_frames=_nobody,
    )
    return target


async def _nobody(frames: int) -> None:
    """The picture's progress is all there is to tell."""
