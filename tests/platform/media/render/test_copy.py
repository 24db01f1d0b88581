"""What is copied is the same bit for bit, and the edges look like it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from reelscribe.platform.domain import frames
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.media import probe
from reelscribe.platform.media.render import copy
from reelscribe.platform.media.render.copy_order import Made

from ..conftest import Make
from . import watching

LEAST_DECIBELS = 38.0  # peak signal to noise ratio; nobody sees a difference above about 40, and few below


def shown(source: Path, span: Span) -> list[NDArray[np.uint8]]:
    times, pictures = watching.pictures(source)
    first = int(np.searchsorted(times, span.start + 0.002, side="right")) - 1
    last = int(np.searchsorted(times, span.end - 0.002))
    return pictures[max(first, 0) : last]


def decibels(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    error = np.square(one.astype(float) - other).mean()
    return float(10 * np.log10(255**2 / error)) if error else np.inf


async def copied(source: Path, spans: list[Span], target: Path) -> Made | None:
    info = await probe.inspect(source)
    assert info.video is not None
    return await copy.picture(source, info, watching.order(*spans), frames.grid(spans, info.video.fps), target)


def moving(make: Make, name: str, *options: str) -> Path:
    picture = "testsrc2=size=320x180:rate=25:duration=12,noise=alls=12:allf=t"
    sound = "sine=duration=12"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-pix_fmt", "yuv420p"]
    return make(name, *inputs, *options)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("b-frames.mp4", "-c:v libx264 -g 50 -bf 3 -x264-params b-pyramid=normal"),
        ("baseline.mkv", "-c:v libx264 -profile:v baseline -g 30"),
        ("fragments.mp4", "-c:v libx264 -g 50 -movflags frag_keyframe+empty_moov"),
    ],
)
async def test_copies_show_what_the_recording_shows(make: Make, tmp_path: Path, name: str, options: str) -> None:
    source = moving(make, name, *options.split())
    spans = [Span(5.12, 9.88), Span(0.6, 4.52)]

    made = await copied(source, spans, tmp_path / "out.mp4")

    assert made is not None
    _, found = watching.pictures(tmp_path / "out.mp4")
    wanted = [picture for span in spans for picture in shown(source, span)]
    assert len(found) == len(wanted) == 119 + 98  # at 25 a second
    ratios = [decibels(one, other) for one, other in zip(found, wanted, strict=True)]
    assert sum(np.isinf(ratios)) > 0.34 * len(ratios)
    assert min(ratios) > LEAST_DECIBELS


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("one-keyframe.mp4", "-c:v libx264 -g 1000"),
        ("reaching-back.mp4", "-c:v libx264 -g 40 -bf 3 -x264-params open-gop=1:scenecut=0"),
        ("other-codec.mp4", "-c:v mpeg4"),
        ("colours.mp4", "-c:v libx264 -pix_fmt yuv444p -g 25"),
        ("interlaced.mp4", "-c:v libx264 -g 25 -flags +ildct+ilme -x264-params tff=1"),
        ("oblong.mp4", "-c:v libx264 -g 25 -vf setsar=4/3"),
    ],
)
async def test_what_cannot_be_copied_is_left_to_the_encoder(
    make: Make, tmp_path: Path, name: str, options: str
) -> None:
    source = moving(make, name, *options.split())

    made = await copied(source, [Span(2.5, 9.5)], tmp_path / "out.mp4")

    assert made is None
    assert not (tmp_path / "out.mp4").exists()
