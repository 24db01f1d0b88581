"""Which filters the ffmpeg at hand was built with; some builds lack those that rest on other libraries."""

from __future__ import annotations

import subprocess
from functools import cache

from ...errors import Misconfigured
from .. import programs

_SECONDS = 20.0


@cache
def names() -> frozenset[str]:
    """Return the names of all filters; blocks for a moment the first time.

    Raises:
        Misconfigured: ffmpeg does not run.
    """
    argv = [programs.ffmpeg().path, "-nostdin", "-hide_banner", "-filters"]
    try:
        done = subprocess.run(argv, capture_output=True, timeout=_SECONDS, check=True, env=programs.environment())
    except (OSError, subprocess.SubprocessError) as exc:
        raise Misconfigured("ffmpeg does not list its filters.") from exc
    return parsed(done.stdout.decode(errors="replace"))


def parsed(text: str) -> frozenset[str]:
    """Read lines such as " TSC scale            V->V       Scale the input video size.".

    >>> sorted(parsed("Filters:\\n  T.. = Timeline\\n ... ass    V->V   Draw\\n .S gblur   V->V  Blur"))
    ['ass', 'gblur']
    """
    rows = [line.split() for line in text.splitlines()]
    return frozenset(row[1] for row in rows if len(row) > 2 and "->" in row[2])


def require(name: str, doing: str) -> None:
    """Make sure that there is a filter.

    Raises:
        Misconfigured: there is none, and so ``doing`` (such as "draw subtitles") is out of reach.
    """
    if name not in names():
        raise Misconfigured(
            f"The ffmpeg on this machine cannot {doing}: it lacks the filter '{name}'.",
            hint="Install a full build, or remove it, so that the one that comes with imageio-ffmpeg is used.",
        )
