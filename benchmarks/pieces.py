"""Ten minutes of speech on two workers, over the same on one worker.

Two platforms run beside each other, one with each number of workers and else alike; a job is done by one, then by the
other, so that the machine has the same to do. pocketsphinx, because its process uses one core, whatever the machine
has: an engine that uses all cores gains nothing from a second worker on the same machine. The models are loaded before
(``REELSCRIBE_ENGINE_PRELOAD``). The texts are compared word by word: who does a piece must make no difference.
"""

from __future__ import annotations

import difflib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import imageio_ffmpeg

from . import servers
from .figures import Figure, at_least, plain

ENGINE = "pocketsphinx"
SECONDS = 600
TARGET = 1.7


@dataclass(frozen=True)
class _Done:
    seconds: float
    words: list[str]


def measure() -> list[Figure]:
    """Return the ratio, both times, and how the texts differ."""
    with servers.home() as folder:
        recording = _recording(folder)
        alike = {"ENGINE_PRELOAD": ENGINE, "ENGINE_THREADS": "1"}
        with (
            servers.up(folder / "one", workers=1, **alike) as (one_url, _),
            servers.up(folder / "two", workers=2, **alike) as (two_url, _),
            servers.sign_up(one_url) as one_client,
            servers.sign_up(two_url) as two_client,
        ):
            one, two = _transcribed(one_client, recording), _transcribed(two_client, recording)
    differing = _differing(one.words, two.words)
    return [
        at_least(f"one worker over two ({ENGINE}, {SECONDS} s)", one.seconds / two.seconds, TARGET, unit="x"),
        plain("one worker", one.seconds, unit=" s"),
        plain("two workers", two.seconds, unit=" s"),
        plain(f"words that differ, of {len(one.words)}", sum(differing), digits=0),
        plain("places where they do", len(differing), digits=0),
        plain("load average, 1 minute", os.getloadavg()[0]),
    ]


def _transcribed(client: httpx.Client, recording: Path) -> _Done:
    body = {"media_id": servers.upload(client, recording), "engine": ENGINE, "language": "en", "mode": "mono"}
    job = servers.finished(client, client.post("jobs", json=body).raise_for_status().json()["id"])
    text = client.get(f"jobs/{job['id']}/transcript").raise_for_status().json()["text"]
    return _Done(servers.taken_seconds(job), text.lower().split())


def _differing(one: Sequence[str], two: Sequence[str]) -> list[int]:
    """Return how many words differ at each place where the texts do."""
    matcher = difflib.SequenceMatcher(a=one, b=two, autojunk=False)
    return [max(b - a, d - c) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def _recording(folder: Path) -> Path:
    """Return ten minutes of the sample lecture, again and again."""
    target = folder / "long.mp4"
    sample = str(servers.ROOT / "samples" / "lecture.mp4")
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-stream_loop", "-1", "-i", sample]
    subprocess.run([*argv, "-t", str(SECONDS), "-c", "copy", str(target)], check=True, timeout=120)
    return target
