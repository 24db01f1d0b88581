"""A whole job's wall time over the bare engine's, on the same three minutes, both warm.

The bare engine gets the sound ready decoded, in a warm engine process; the job gets the video, and its time is
from acceptance to completion: fetching, decoding, silences, transcript, storing. Rounds alternate.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import imageio_ffmpeg
from reelscribe.platform.engines.protocol import Request
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.settings import current

from . import servers
from .figures import Figure, at_most, plain

ENGINE = "pocketsphinx"  # the one whose model is on every machine
SECONDS = 180
ROUNDS = 2
TARGET = 1.05


class _Silent:
    async def progress(self, fraction: float) -> None:
        pass

    async def partial(self, segments: Sequence[object]) -> None:
        pass


def measure() -> list[Figure]:
    """Return the ratio, and both times."""
    with servers.home() as folder, servers.up(folder / "home") as (url, _), servers.sign_up(url) as client:
        film, short, sound, short_sound = _recordings(folder)
        media_id, short_id = servers.upload(client, film), servers.upload(client, short)
        with asyncio.Runner() as runner:
            engines = Registry(current())
            try:
                runner.run(_bare(engines, short_sound, 5.0))
                _job(client, short_id)
                rounds = [
                    (_job(client, media_id), runner.run(_bare(engines, sound, float(SECONDS)))) for _ in range(ROUNDS)
                ]
            finally:
                runner.run(engines.close_all())
    # The quickest of each: what other processes take away only ever adds.
    jobs, bare = (min(each) for each in zip(*rounds, strict=True))
    return [
        at_most(f"job over bare engine ({ENGINE}, {SECONDS} s)", jobs / bare, TARGET, unit="x", digits=3),
        plain("whole job", jobs, unit=" s", digits=2),
        plain("bare engine", bare, unit=" s", digits=2),
    ]


async def _bare(engines: Registry, sound: Path, duration: float) -> float:
    begin = time.perf_counter()
    await engines.get(ENGINE).transcribe(Request(audio=sound, duration=duration, language="en"), _Silent())
    return time.perf_counter() - begin


def _job(client: httpx.Client, media_id: str) -> float:
    body = {"media_id": media_id, "engine": ENGINE, "language": "en"}
    return servers.taken_seconds(
        servers.finished(client, client.post("jobs", json=body).raise_for_status().json()["id"])
    )


def _recordings(folder: Path) -> tuple[Path, Path, Path, Path]:
    """Return three minutes and five seconds of the sample lecture, as films, then as ready decoded sound."""
    made = []
    for name, options in (("mp4", ["-c", "copy"]), ("wav", ["-vn", "-ac", "1", "-ar", "16000"])):
        for seconds in (SECONDS, 5):
            target = folder / f"{seconds}.{name}"
            sample = str(servers.ROOT / "samples" / "lecture.mp4")
            argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-stream_loop", "2", "-i", sample]
            subprocess.run([*argv, "-t", str(seconds), *options, str(target)], check=True, timeout=120)
            made.append(target)
    return made[0], made[1], made[2], made[3]
