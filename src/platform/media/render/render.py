"""Make the files of one clip."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import msgspec

from ...domain.rendering import RenderOrder
from ..info import MediaInfo

OnProgress = Callable[[float], Awaitable[None]]
Way = Literal["copied", "encoded", "audiogram"]


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one clip in the folder that was given.

    ``video`` is an MP4 (H.264, AAC, soft subtitle track, chapters, index in front), ``poster`` a JPEG of its best
    frame, ``preview`` a small animated WebP without sound. ``way``: whether the picture was copied or encoded.
    """

    video: Path
    poster: Path
    preview: Path
    duration_seconds: float
    width: int
    height: int
    way: Way
    warnings: tuple[str, ...] = ()


async def render(
    source: Path, info: MediaInfo, order: RenderOrder, folder: Path, *, on_progress: OnProgress
) -> Rendered:
    """Make the clip ``order`` of the recording at ``source``.

    Raises:
        BadMedia: nothing of the spans can be decoded.
        MediaFailed: ffmpeg failed.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
    """
    raise NotImplementedError
