"""Media made on the spot by ffmpeg, and the shared test media."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reelscribe.platform.media import audio, probe, programs
from reelscribe.platform.media.audio import ExtractedAudio

_DEFAULT = Path(__file__).resolve().parents[4] / "shared"
MEDIA = Path(os.environ.get("REELSCRIBE_SHARED") or _DEFAULT) / "media"

Make = Callable[..., Path]


def manifest(category: str) -> list[dict[str, Any]]:
    """Return the entries of the shared manifest under ``category``; none without the shared material."""
    path = MEDIA / "manifest.json"
    if not path.is_file():
        return []
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["entries"]
    return [entry for entry in entries if entry["file"].startswith(category + "/")]


@pytest.fixture(scope="session")
def media(shared: Path) -> Path:
    """The folder of the shared media."""
    return shared / "media"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """``make("talk.mp4", "-f", "lavfi", "-i", "sine=duration=2", …)`` -> path of what ffmpeg made."""

    def run(name: str, *options: str) -> Path:
        path = tmp_path / name
        argv = [programs.ffmpeg().path, "-nostdin", "-v", "error", *options, str(path)]
        subprocess.run(argv, check=True, timeout=120)
        return path

    return run


async def ignore(fraction: float) -> None:
    """Take progress and do nothing with it."""


async def decoded(source: Path, target: Path, *, max_seconds: float = 3600) -> ExtractedAudio:
    """Inspect and extract, as the ingest stage does."""
    info = await probe.inspect(source, max_seconds=max_seconds)
    return await audio.extract(source, target, info=info, max_seconds=max_seconds, on_progress=ignore)
