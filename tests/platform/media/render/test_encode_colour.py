"""What ffmpeg says about a picture is read from the line of its stream."""

from __future__ import annotations

import msgspec
import pytest
from reelscribe.platform.media.render.encode_colour import Pixels, after, parsed, scaling, tags

LINE = "  Stream #0:{index}[0x1](und): Video: {rest}, 1920x1080 [SAR 1:1 DAR 16:9], 30 fps, 30 tbr, 15360 tbn\n"

HD = Pixels(matrix="bt709", primaries="bt709", transfer="bt709")


@pytest.mark.parametrize(
    ("rest", "pixels"),
    [
        ("h264 (High) (avc1 / 0x31637661), yuv420p(progressive)", Pixels()),
        ("h264 (High), yuv420p(tv, bt709, top first)", msgspec.structs.replace(HD, interlaced=True)),
        ("mjpeg, yuvj420p(pc, bt470bg/unknown/unknown)", Pixels(matrix="bt470bg", full_range=True)),
        (
            "hevc (Main 10) (hvc1 / 0x31637668), yuv420p10le(tv, bt2020nc/bt2020/arib-std-b67, progressive)",
            Pixels(matrix="bt2020nc", primaries="bt2020", transfer="arib-std-b67"),
        ),
        ("png (MPNG / 0x474E504D), rgb24(pc, gbr/unknown/unknown)", Pixels(matrix="gbr", full_range=True, rgb=True)),
        ("qtrle (rle  / 0x20656C72), rgb24", Pixels(rgb=True)),
        ("vp9 (Profile 0), yuv420p", Pixels()),
    ],
)
def test_parsed_reads_colours_range_and_half_frames(rest: str, pixels: Pixels) -> None:
    other = LINE.format(index=0, rest="h264, yuv420p(tv, smpte170m)")

    assert parsed(other + LINE.format(index=1, rest=rest), 1) == pixels


def test_parsed_knows_nothing_of_a_stream_that_is_not_there() -> None:
    assert parsed("Stream #0:11: Video: h264, yuv420p(tv, bt709)", 1) == Pixels()


@pytest.mark.parametrize(
    ("pixels", "height", "matrix"),
    [
        (Pixels(), 720, "bt709"),
        (Pixels(), 480, "smpte170m"),
        (Pixels(matrix="bt470bg"), 1080, "bt470bg"),
        (Pixels(rgb=True, matrix="gbr"), 480, "bt709"),
        (Pixels(matrix="bt2020nc", transfer="smpte2084"), 480, "bt709"),
    ],
)
def test_tags_say_what_the_pixels_are(pixels: Pixels, height: int, matrix: str) -> None:
    assert f"colorspace={matrix}:" in tags(pixels, height)


def test_only_bright_pictures_are_bent_to_usual_screens() -> None:
    able, hlg = {"scale", "tonemap", "zscale"}, Pixels(transfer="arib-std-b67")

    assert "tonemap" in after(hlg, able)
    assert after(hlg, {"scale", "tonemap"}) == after(HD, able) == "format=yuv420p"
    assert scaling(Pixels(full_range=True)) == ":out_range=tv"
