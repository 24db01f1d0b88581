"""Which ffmpeg is used: the system's if it runs, else the one that the imageio-ffmpeg wheel brings.

There is no ffprobe here on purpose: the wheel has none, and one code path that works everywhere is
better than two. Looking into files is done by ``inspect_child`` with PyAV.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

import msgspec

from ..errors import Misconfigured

_START_SECONDS = 20.0  # a first start may have to read 160 MB from a slow disk
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR")


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A program that has been seen to run."""

    path: str
    version: str


@cache
def ffmpeg() -> Program:
    """Return the ffmpeg to use; blocks for a moment the first time.

    Raises:
        Misconfigured: none runs.
    """
    for path in (shutil.which("ffmpeg"), _from_wheel()):
        if path and (version := _version(path)):
            return Program(path=path, version=version)
    raise Misconfigured(
        "ffmpeg does not run on this machine.",
        hint="Install it (Debian, Ubuntu: apt install ffmpeg) or reinstall the package imageio-ffmpeg.",
    )


def environment() -> dict[str, str]:
    """Return the environment for children that read uploads: no setting and no secret of ours is in it."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _from_wheel() -> str | None:
    import imageio_ffmpeg  # only where the system has none

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return None


def _version(path: str) -> str:
    """Return the version that the program at ``path`` names, or "" where it does not run."""
    try:
        done = subprocess.run([path, "-version"], capture_output=True, timeout=_START_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    words = done.stdout.decode(errors="replace").split()
    return words[2] if words[:2] == ["ffmpeg", "version"] else ""
