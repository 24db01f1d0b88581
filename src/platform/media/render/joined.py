"""Join the tracks of a clip, and make sure that it plays for as long as was ordered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from ...domain.frames import Grid
from ...domain.rendering import RenderOrder
from ...errors import MediaFailed
from . import mp4, mux

APART_SECONDS: Final = 0.04  # picture and sound may differ by, and each from what was ordered


async def make(
    picture: Path, sound: Path | None, order: RenderOrder, grid: Grid, target: Path, *, folder: Path
) -> None:
    """Write the clip to ``target`` as ``mux.mux`` does; ``order`` is on the ``grid``, ``folder`` for what is between.

    Raises:
        MediaFailed: ffmpeg failed, or a track is too long or too short.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
    """
    material = mux.Material(picture=picture, sound=sound, seconds=grid.duration)
    await mux.mux(material, order, target, folder=folder)
    lengths = {track.kind: track.seconds for track in await asyncio.to_thread(mp4.tracks, target)}
    for kind in ("vide", "soun") if sound else ("vide",):
        apart = abs(lengths.get(kind, 0.0) - grid.duration)
        if apart > APART_SECONDS + 0.5 / grid.fps:
            raise MediaFailed(f"A track of the clip is {apart:.3f} seconds longer or shorter than it should be.")
    if sound and abs(lengths["vide"] - lengths["soun"]) > APART_SECONDS:
        raise MediaFailed("Picture and sound of the clip are not equally long.")
