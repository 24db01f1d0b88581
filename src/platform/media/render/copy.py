"""The picture of a clip without encoding it: copied but for the edges, where nothing has to change."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from ... import logs
from ...domain import framing_choice
from ...domain.frames import Grid
from ...domain.framing import Pane, Rect
from ...domain.rendering import RenderOrder
from ...errors import MediaFailed, TimeLimitReached
from ...process.run import run
from ...process.spawn import Limits
from .. import programs
from ..info import MediaInfo
from . import mp4
from .copy_order import Made, Order, Stretch

CHILD: Final = "reelscribe.platform.media.render.copy_child"
MEMORY_BYTES: Final = 3 * 1024**3  # address space; 4K pictures decoded by two threads and encoded by two
_START_SECONDS: Final = 60.0
_SLOWEST: Final = 3.0  # times the clip's length
_MOST_BYTES_PER_SECOND: Final = 25_000_000  # what cameras write at most
_ANSWER_BYTES: Final = 64 * 1024
_CONTAINERS: Final = frozenset({"mov", "matroska", "flv"})  # those whose H.264 lies as it does in an MP4

_log = logs.get(__name__)


async def picture(source: Path, info: MediaInfo, order: RenderOrder, grid: Grid, target: Path) -> Made | None:
    """Write the picture of the spans of ``grid`` to ``target``; returns what was made, None where it cannot be so.

    Each picture keeps the moment at which the recording shows it, and each span begins where the grid says. From 34 %
    of the pictures on are copied bit for bit; those before the first keyframe of a span and after the last one that
    needs none behind the span are encoded anew. What was seen of the recording decides: another codec, interlaced,
    turned, of oblong pixels, too few keyframes, damaged or encrypted ends in None.

    Raises:
        StorageFull: no space for the result.
    """
    if info.video is None or not possible(info, order, grid):
        return None
    made = await _made(source, info.video.index, grid, target)
    made = await asyncio.to_thread(_checked, made, grid, target)
    if made.refused:
        _log.info("clip is encoded", why=made.refused[:200])
        await asyncio.to_thread(target.unlink, missing_ok=True)
        return None
    return made


def possible(info: MediaInfo, order: RenderOrder, grid: Grid) -> bool:
    """Return whether the clip shows just what the recording shows, in a shape that every player takes."""
    video = info.video
    if video is None or order.burned or info.container not in _CONTAINERS:
        return False
    size = (video.width, video.height)
    if video.codec != "h264" or video.rotation or video.pixel_aspect != 1.0 or size[0] % 2 or size[1] % 2:
        return False
    if framing_choice.target_size(order.aspect, size) != size:
        return False
    shots = framing_choice.shots(order.scenes, grid.spans, source_size=size, target_size=size, layout=order.layout)
    whole = (Pane(source=Rect(0, 0, *size), target=Rect(0, 0, *size)),)
    return all(shot.panes == whole for shot in shots)


def _checked(made: Made, grid: Grid, target: Path) -> Made:
    """Return why the result cannot be used if it has not as many pictures, or is not as long, as it should be."""
    if made.refused:
        return made
    try:
        track = mp4.tracks(target)[0]
    except (ValueError, LookupError) as exc:
        return Made(refused=str(exc))
    if track.samples != made.pictures or abs(track.seconds - grid.duration) > 0.5 / grid.fps:
        return Made(refused=f"{track.samples} pictures in {track.seconds:.3f} s")
    return made


async def _made(source: Path, index: int, grid: Grid, target: Path) -> Made:
    """Run the child; what ends it early is a reason to encode, too."""
    stretches = tuple(
        Stretch(start=span.start, end=span.end, at=at) for span, at in zip(grid.spans, grid.starts, strict=True)
    )
    order = Order(stream=index, stretches=stretches, seconds=grid.duration)
    argv = [sys.executable, "-I", "-m", CHILD, str(source), str(target), msgspec.json.encode(order).decode()]
    seconds = _START_SECONDS + _SLOWEST * grid.duration
    limits = Limits(
        memory_bytes=MEMORY_BYTES,
        file_bytes=int(_MOST_BYTES_PER_SECOND * (grid.duration + 2)),
        cpu_seconds=int(2 * seconds),
    )
    said: list[str] = []
    try:
        done = await run(
            argv,
            timeout=timedelta(seconds=seconds),
            limits=limits,
            on_line=said.append,
            output_bytes=_ANSWER_BYTES,
            env=programs.environment(),
        )
        return msgspec.json.decode("".join(said), type=Made)
    except (TimeLimitReached, MediaFailed) as exc:
        return Made(refused=exc.message)
    except msgspec.MsgspecError:
        return Made(refused=f"the child ended with {done.exit_code}: {done.stderr_tail[-150:]}")
