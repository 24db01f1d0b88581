"""A poster is a picture worth looking at, a preview moves and is small."""

from __future__ import annotations

import asyncio
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.media.render import stills

from ..conftest import Make

Grey = NDArray[np.uint8]
WEBP_FRAME = b"ANMF"  # one for each picture of an animation


def grey(path: Path) -> Grey:
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="gray")


def edges(picture: Grey) -> float:
    return float(np.abs(np.diff(picture.astype(int), axis=1)).mean())


def clip(make: Make, *options: str, name: str = "clip.mp4") -> Path:
    return make(name, *options, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "25")


BLACK_THEN_PICTURE = (
    *("-f", "lavfi", "-i", "color=black:s=640x360:d=5:r=25"),
    *("-f", "lavfi", "-i", "testsrc2=s=640x360:d=3:r=25"),
    *("-f", "lavfi", "-i", "color=white:s=640x360:d=4:r=25"),
    *("-filter_complex", "[0][1][2]concat=n=3"),
)


async def test_poster_is_neither_black_nor_white(make: Make, tmp_path: Path) -> None:
    target = tmp_path / "poster.jpg"

    await stills.poster(clip(make, *BLACK_THEN_PICTURE), target)

    assert target.read_bytes().startswith(b"\xff\xd8\xff")
    assert grey(target).std() > 30


async def test_poster_is_sharp(make: Make, tmp_path: Path) -> None:
    blurred = "gblur=sigma=12:enable='lt(t,4)+gt(t,6)'"
    source = clip(make, "-f", "lavfi", "-i", "testsrc2=s=640x360:d=10:r=25", "-vf", blurred)

    await stills.poster(source, tmp_path / "poster.jpg")

    assert edges(grey(tmp_path / "poster.jpg")) > 2 * edges(grey(source))  # whose first picture is blurred


async def test_poster_of_a_clip_with_one_frame(make: Make, tmp_path: Path) -> None:
    await stills.poster(clip(make, "-f", "lavfi", "-i", "testsrc2=s=90x160:d=0.04:r=25"), tmp_path / "poster.jpg")

    assert grey(tmp_path / "poster.jpg").shape == (160, 90)


@pytest.mark.parametrize(("size", "small"), [("640x360", (180, 320)), ("360x640", (320, 180)), ("90x160", (160, 90))])
async def test_preview_is_small_and_moves(make: Make, tmp_path: Path, size: str, small: tuple[int, int]) -> None:
    target = tmp_path / "preview.webp"

    await stills.preview(clip(make, "-f", "lavfi", "-i", f"testsrc2=s={size}:d=75:r=5"), target)

    content = await asyncio.to_thread(target.read_bytes)
    width, height = (int.from_bytes(content[place : place + 3], "little") + 1 for place in (24, 27))
    assert (height, width) == small
    assert content[8:16] == b"WEBPVP8X"
    assert content.count(WEBP_FRAME) == 10
    assert len(content) < 400_000


async def test_preview_of_a_clip_with_one_key_frame_shows_other_frames(make: Make, tmp_path: Path) -> None:
    source = make("a.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:d=6:r=25", "-g", "999", "-pix_fmt", "yuv420p")

    await stills.preview(source, tmp_path / "preview.webp")

    assert (tmp_path / "preview.webp").read_bytes().count(WEBP_FRAME) == 10


async def test_nothing_to_see_is_bad_media(make: Make, tmp_path: Path) -> None:
    source = clip(make, "-f", "lavfi", "-i", "testsrc2=d=1")
    content = source.read_bytes()
    data = content.index(b"mdat") + 4
    source.write_bytes(
        content[:data] + bytes(content.index(b"moov") - 4 - data) + content[content.index(b"moov") - 4 :]
    )

    with pytest.raises(BadMedia):
        await stills.poster(source, tmp_path / "poster.jpg")
