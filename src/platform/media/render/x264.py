"""Which H.264 encoder makes the clips: one in hardware where it works, else x264."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from .. import programs
from .encode_child import MEMORY_BYTES, THREADS

KEY_SECONDS: Final = 2.0  # between two frames that a player can jump to
_TRIAL_SECONDS: Final = 20.0


class Encoder(msgspec.Struct, frozen=True, kw_only=True):
    """``filters`` come last in the graph, ``options`` are the output's, ``before`` those of the program.

    ``memory_bytes``: address space the child may use; None where the driver reserves more than there is.
    """

    name: str
    options: str
    filters: str = ""
    before: str = ""
    memory_bytes: int | None = MEMORY_BYTES

    def arguments(self, rate: tuple[int, int]) -> list[str]:
        """Return the output's arguments for ``rate`` frames per second, constant."""
        key = str(max(round(KEY_SECONDS * rate[0] / rate[1]), 1))
        fixed = f"-c:v {self.name} {self.options} -profile:v high -g {key}"
        return [*fixed.split(), "-r", f"{rate[0]}/{rate[1]}", "-fps_mode", "cfr"]


# As near to the original as x264's own defaults (medium, 23): SSIM 0.9940 against 0.9941 for a screen, 0.9812 against
# 0.9815 for a close-up of moving leaves, in little more than half the time, with files that are a third larger.
SOFTWARE: Final = Encoder(
    name="libx264", options=f"-preset veryfast -crf 20 -bf 2 -flags +cgop -threads {THREADS} -pix_fmt yuv420p"
)
_NVIDIA: Final = Encoder(
    name="h264_nvenc",
    options="-preset p5 -rc vbr -cq 22 -b:v 0 -bf 2 -forced-idr 1 -pix_fmt yuv420p",
    memory_bytes=None,
)
_INTEL: Final = Encoder(
    name="h264_qsv", options="-preset fast -global_quality 22 -bf 2 -pix_fmt nv12", filters="format=nv12"
)
_VAAPI: Final = Encoder(
    name="h264_vaapi",
    options="-qp 22 -bf 2",
    filters="format=nv12,hwupload",
    before="-vaapi_device /dev/dri/renderD128",
)
_APPLE: Final = Encoder(name="h264_videotoolbox", options="-q:v 62 -pix_fmt yuv420p", filters="format=yuv420p")


def container(rate: tuple[int, int]) -> list[str]:
    """Return the options of the MP4: its clock ticks in frames, so that joined parts stay on the grid."""
    return ["-video_track_timescale", str(rate[0] * -(-10_000 // rate[0])), "-f", "mp4"]


@cache
def best() -> Encoder:
    """Return the encoder to use; the first time it blocks while those that might work here are tried."""
    return next((encoder for encoder in _candidates() if _works(encoder)), SOFTWARE)


def _candidates() -> list[Encoder]:
    """Return what this machine's devices make worth a trial."""
    if sys.platform == "darwin":
        return [_APPLE]
    found = [_NVIDIA] if Path("/dev/nvidiactl").exists() else []
    return [*found, _INTEL, _VAAPI] if Path("/dev/dri/renderD128").exists() else found


def _works(encoder: Encoder) -> bool:
    """Return whether it makes a stream of a few frames."""
    graph = ",".join(["format=yuv420p", *filter(None, [encoder.filters])])
    argv = [
        *[programs.ffmpeg().path, "-nostdin", "-v", "error", *encoder.before.split()],
        *["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30", "-frames:v", "12", "-vf", graph],
        *[*encoder.arguments((30, 1)), "-f", "h264", "pipe:1"],
    ]
    try:
        done = subprocess.run(
            argv, capture_output=True, timeout=_TRIAL_SECONDS, check=False, env=programs.environment()
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0 and len(done.stdout) > 0
