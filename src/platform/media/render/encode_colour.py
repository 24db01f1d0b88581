"""What is to be known of a picture's pixels before they are scaled: colours, range, half-frames."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from ...process.run import run
from ...process.spawn import Limits
from .. import programs
from ..info import MediaInfo, VideoStream
from .encode_child import MEMORY_BYTES, reading, start

_HDR: Final = ("arib-std-b67", "smpte2084")
_HD_HEIGHT: Final = 720  # what does not say its colours has those of television of its size
_SECONDS: Final = timedelta(seconds=60)
# Light that screens of today cannot show is bent to what they can; "hable" keeps the dark parts as they are.
_TO_SDR: Final = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,"
    "format=yuv420p"
)


class Pixels(msgspec.Struct, frozen=True, kw_only=True):
    """``matrix``, ``primaries`` and ``transfer`` as ffmpeg calls them, "" where the file does not say."""

    matrix: str = ""
    primaries: str = ""
    transfer: str = ""
    full_range: bool = False
    rgb: bool = False
    interlaced: bool = False

    @property
    def hdr(self) -> bool:
        """Whether it is brighter than usual screens, and has to be bent to them."""
        return self.transfer in _HDR


async def look(source: Path, info: MediaInfo, video: VideoStream) -> Pixels:
    """Return what ffmpeg says about the picture when it opens the file; nothing where it does not understand it."""
    argv = [*await start(), *reading(source, info.container)]
    argv[argv.index("warning")] = "info"
    done = await run(
        argv,
        timeout=_SECONDS,
        limits=Limits(memory_bytes=MEMORY_BYTES, file_bytes=0),
        env=programs.environment(),
        stderr_tail_bytes=256 * 1024,
    )
    return parsed(done.stderr_tail, video.index)


def parsed(text: str, index: int) -> Pixels:
    """Read the line "Stream #0:<index>… Video: …, yuv420p(tv, bt2020nc/bt2020/arib-std-b67, progressive), …".

    One name stands for all three where they are the same.
    """
    line = re.search(rf"Stream #0:{index}\b.*?: Video: (.*)", text)
    found = re.search(
        r"\b(yuv\w+|gbr\w+|rgb\w+|bgr\w+|nv\d\w*|p0\d\w*|gray\w*|pal8)\(([^)]*)\)", line[1] if line else ""
    )
    plain = re.search(r", (gbr|rgb|bgr|pal8)\w*", line[1] if line else "")
    if found is None:
        return Pixels(rgb=plain is not None)
    facts = [fact.strip() for fact in found[2].split(",")]
    names = next((_three(fact) for fact in facts if fact.count("/") == 2 or fact in ("bt709", "smpte170m")), ("",) * 3)
    matrix, primaries, transfer = ("" if name in ("unknown", "reserved") else name for name in names)
    return Pixels(
        matrix=matrix,
        primaries=primaries,
        transfer=transfer,
        full_range="pc" in facts,
        rgb=found[1].startswith(("gbr", "rgb", "bgr", "pal8")),
        interlaced=any("first" in fact for fact in facts),
    )


def scaling(pixels: Pixels) -> str:
    """Return what the scaler must be told, as further options."""
    options = ":out_range=tv" if pixels.full_range else ""
    return f"{options}:out_color_matrix=bt709" if pixels.rgb else options


def after(pixels: Pixels, filters: Collection[str]) -> str:
    """Return the filters that make 8-bit 4:2:0 for usual screens of a scaled picture.

    Where ffmpeg's ``filters`` do not include what that takes, bright pictures only become pale.
    """
    return _TO_SDR if pixels.hdr and {"zscale", "tonemap"} <= set(filters) else "format=yuv420p"


def tags(pixels: Pixels, height: int) -> str:
    """Return the filter that says in the clip what its colours are; ``height`` of the recording in pixels."""
    matrix, primaries, transfer = pixels.matrix, pixels.primaries, pixels.transfer
    if pixels.hdr or pixels.rgb or not matrix:
        usual = "bt709" if pixels.hdr or pixels.rgb or height >= _HD_HEIGHT else "smpte170m"
        matrix = primaries = transfer = usual
    return (
        f"setparams=range=tv:colorspace={matrix}:color_primaries={primaries or 'bt709'}:color_trc={transfer or 'bt709'}"
    )


def _three(fact: str) -> tuple[str, ...]:
    names = tuple(fact.split("/"))
    return names if len(names) == 3 else names * 3
