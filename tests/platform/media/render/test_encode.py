"""The picture of a clip has each frame of its grid, the right one, whatever the recording is like."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
from reelscribe.platform.domain import frames
from reelscribe.platform.domain.clips import Aspect
from reelscribe.platform.domain.frames import Grid
from reelscribe.platform.domain.rendering import RenderOrder
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.media import probe
from reelscribe.platform.media.render import encode

from ..conftest import Make, ignore
from . import watching

LECTURE = "E_long/lecture_2spk_12min.mp4"  # ten pictures a second, each with its number: 600 begins at 60 s


async def encoded(source: Path, wanted: RenderOrder, folder: Path) -> tuple[Path, Grid, tuple[int, int]]:
    info = await probe.inspect(source, max_seconds=36_000)
    assert info.video is not None
    grid = frames.grid(wanted.spans, info.video.fps)
    target = folder / "picture.mp4"
    size = await encode.picture(source, info, wanted, grid, target, folder=folder, on_progress=ignore)
    return target, grid, size


def facts(path: Path) -> tuple[int, Fraction | None, tuple[int, int], str]:
    """How many frames are decoded, how many a second, how large, of which kind."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [frame.pts * stream.time_base for frame in container.decode(video=0) if frame.pts is not None]
        steps = {round(Fraction(later - earlier) * 1_000_000) for earlier, later in pairwise(times)}
        assert times[0] == 0
        assert len(steps) <= 1
        rate = stream.average_rate
        return len(times), rate, (stream.width, stream.height), str(stream.codec_context.pix_fmt)


def shown(grid: Grid) -> list[int]:
    """The number of the lecture's picture at the start of each frame."""
    rate = Fraction(*grid.rate)
    numbers = [
        round(Fraction(span.start) * rate) + number
        for span, count in zip(grid.spans, grid.frames, strict=True)
        for number in range(count)
    ]
    return [int(number * 10 / rate) for number in numbers]


@pytest.mark.parametrize(
    "spans",
    [
        [Span(60.0, 62.0)],
        pytest.param([Span(20 + n * 0.2, 20.05 + n * 0.2) for n in range(400)], marks=pytest.mark.slow),
        [Span(300, 301), Span(100, 100.6), Span(100.3, 101), Span(719.5, 721)],  # backwards, twice, beyond the end
    ],
    ids=["one", "many", "jumping"],
)
async def test_every_frame_is_the_one_of_its_moment(media: Path, tmp_path: Path, spans: list[Span]) -> None:
    made, grid, _ = await encoded(media / LECTURE, watching.order(*spans), tmp_path)

    assert facts(made) == (grid.total, Fraction(*grid.rate), (1280, 720), "yuv420p")
    assert watching.counted(made) == [min(number, 7199) for number in shown(grid)]


async def test_a_frame_stands_until_the_next_one_where_some_were_dropped(
    media: Path, tmp_path: Path, make: Make
) -> None:
    lecture = str(media / LECTURE)
    dropped = "select='lt(mod(n,17),3)'"  # then 1.4 seconds without a frame
    source = make("dropped.mkv", "-ss", "60", "-t", "12", "-i", lecture, "-an", "-vf", dropped, "-fps_mode", "vfr")

    made, grid, _ = await encoded(source, watching.order(Span(1.0, 4.0), Span(8.0, 9.5), Span(11, 14)), tmp_path)

    there = [number for number in range(120) if number % 17 < 3]
    assert watching.counted(made) == [600 + max(n for n in there if n <= number) for number in shown(grid)]


QUICK = {"v_odd_size_yuv444.mp4": (322, 180), "v_still_image_one_frame.mp4": (640, 360)}
ODD = QUICK | {
    "v_hevc_10bit.mp4": (640, 360),
    "real_sar_2by3.mp4": (426, 360),
    "v_long_gop_one_keyframe.mp4": (640, 360),
    "real_webm_no_duration.webm": (1280, 720),
    "v_audio_delayed_1500ms.mp4": (640, 360),
    "v_mpeg2_mp2.ts": (640, 360),
}


@pytest.mark.parametrize("file", [pytest.param(file, marks=[] if file in QUICK else pytest.mark.slow) for file in ODD])
async def test_odd_recordings_give_usual_pictures(media: Path, tmp_path: Path, file: str) -> None:
    wanted = watching.order(Span(1.5, 2.2), Span(17.5, 17.9))

    made, grid, _ = await encoded(media / "C_video" / file, wanted, tmp_path)

    assert facts(made) == (grid.total, Fraction(*grid.rate), ODD[file], "yuv420p")


@pytest.mark.parametrize(("aspect", "size"), [("9:16", (1080, 1920)), ("1:1", (1080, 1080)), ("source", (3840, 2160))])
@pytest.mark.slow
async def test_4k_becomes_what_is_wanted(media: Path, tmp_path: Path, aspect: Aspect, size: tuple[int, int]) -> None:
    wanted = msgspec.structs.replace(watching.order(Span(0.5, 0.9)), aspect=aspect)

    made, grid, told = await encoded(media / "C_video" / "v_four_k_2s.mp4", wanted, tmp_path)

    assert told == size
    assert facts(made)[:3] == (grid.total, Fraction(*grid.rate), size)


@pytest.mark.parametrize(
    "file",
    ["v_phone_portrait_rotate90.mp4", pytest.param("real_phone_portrait_rotation_3gp5.mp4", marks=pytest.mark.slow)],
)
async def test_what_was_filmed_upright_is_upright(media: Path, tmp_path: Path, make: Make, file: str) -> None:
    source = media / "C_video" / file

    made, grid, (width, height) = await encoded(source, watching.order(Span(0.5, 0.7)), tmp_path)

    # ffmpeg turns by itself what is made of the file.
    turned = make("turned.mp4", "-ss", "0.5", "-i", str(source), "-frames:v", "3", "-an", "-fps_mode", "passthrough")
    mine, theirs = watching.pictures(made)[1][0], watching.pictures(turned)[1][0]
    assert facts(made)[0] == grid.total
    assert height > width
    assert np.abs(mine.astype(int) - theirs.astype(int)).mean() < 4


async def test_a_picture_that_changes_its_size_goes_on(make: Make, tmp_path: Path) -> None:
    color = "color=c={}:s={}:d=2:r=25"
    for name, look in (("a.ts", ("black", "320x180")), ("b.ts", ("white", "640x360"))):
        make(name, "-f", "lavfi", "-i", color.format(*look), "-pix_fmt", "yuv420p")
    (tmp_path / "both.ts").write_bytes((tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes())
    source = make("both.mkv", "-i", str(tmp_path / "both.ts"), "-c", "copy")

    made, grid, _ = await encoded(source, watching.order(Span(1.0, 3.5)), tmp_path)

    bright = [picture.mean() > 128 for picture in watching.pictures(made)[1]]
    assert facts(made)[0] == grid.total
    assert 20 <= bright.index(True) <= 32
    assert all(bright[bright.index(True) :])


async def test_words_are_drawn_when_they_are_said_also_in_a_later_part(make: Make, tmp_path: Path) -> None:
    source = make("grey.mp4", "-f", "lavfi", "-i", "color=c=gray:s=640x360:d=30:r=25", "-pix_fmt", "yuv420p")
    wanted = watching.order(
        Span(2, 3), Span(20, 22), burned=True, transcript=watching.said((1.6, "It's"), (2.0, "{here}:\\N"))
    )

    made, _, _ = await encoded(source, wanted, tmp_path)

    drawn = [float(picture.std()) > 2 for picture in watching.pictures(made)[1]]
    assert not any(drawn[:38])
    assert all(drawn[42:55])


async def test_progress_never_falls_and_ends_at_one(media: Path, tmp_path: Path) -> None:
    source = media / "C_video" / "v_no_audio.mp4"
    info, seen = await probe.inspect(source), [0.0]
    wanted = watching.order(Span(1, 1.5), Span(10, 10.5))

    async def note(fraction: float) -> None:
        seen.append(fraction)

    grid = frames.grid(wanted.spans, 30.0)
    await encode.picture(source, info, wanted, grid, tmp_path / "a.mp4", folder=tmp_path, on_progress=note)

    assert seen == sorted(seen)
    assert seen[-1] == 1.0


async def test_a_picture_of_which_nothing_decodes_is_bad_media(make: Make, tmp_path: Path) -> None:
    source = make("a.mp4", "-f", "lavfi", "-i", "testsrc=d=2", "-c:v", "libx264", "-movflags", "faststart")
    info = await probe.inspect(source)
    content = source.read_bytes()
    data = content.index(b"mdat") + 4
    source.write_bytes(content[:data] + bytes(len(content) - data))
    wanted = watching.order(Span(0.5, 1.0))

    with pytest.raises(BadMedia):
        await encode.picture(
            source,
            info,
            wanted,
            frames.grid(wanted.spans, 25.0),
            tmp_path / "b.mp4",
            folder=tmp_path,
            on_progress=ignore,
        )
