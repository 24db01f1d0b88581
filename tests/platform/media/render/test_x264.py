"""The encoder that is chosen works on this machine."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import av
from reelscribe.platform.media import programs
from reelscribe.platform.media.render import x264


def test_best_makes_what_every_player_plays(tmp_path: Path) -> None:
    encoder, target = x264.best(), tmp_path / "a.mp4"
    graph = ",".join(["format=yuv420p", *filter(None, [encoder.filters])])
    source = ["-f", "lavfi", "-i", "testsrc2=s=640x360:d=5:r=30000/1001", "-vf", graph]
    argv = [programs.ffmpeg().path, "-v", "error", *encoder.before.split(), *source]

    subprocess.run([*argv, *encoder.arguments((30000, 1001)), str(target)], check=True, timeout=60)

    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        keys = [
            float(packet.pts * stream.time_base)
            for packet in container.demux(stream)
            if packet.is_keyframe and packet.pts is not None
        ]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt, stream.profile) == ("h264", "yuv420p", "High")
    assert max(later - earlier for earlier, later in pairwise(keys)) <= x264.KEY_SECONDS + 0.1


def test_an_encoder_that_is_not_there_does_not_work() -> None:
    assert not x264._works(x264.Encoder(name="h264_of_the_future", options=""))
