"""WAV files to diarize, and references to compare with."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest
from reelscribe.platform.domain.transcript import Turn

Converted = Callable[[str], Path]


@pytest.fixture(scope="session")
def converted(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """``converted("B_multispeaker/…")``: that recording as mono 16 kHz 16-bit WAV."""
    folder = tmp_path_factory.mktemp("diarization")

    def convert(name: str) -> Path:
        target = folder / f"{Path(name).stem}.wav"
        options = ["-vn", "-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", "-y", str(target)]
        program = imageio_ffmpeg.get_ffmpeg_exe()
        subprocess.run([program, "-v", "error", "-i", str(shared / "media" / name), *options], check=True, timeout=60)
        return target

    return convert


@pytest.fixture(scope="session")
def conversation(converted: Converted) -> Path:
    """Thirty seconds of a telephone call of two people."""
    return converted("B_multispeaker/pyannote_sample_30s_2spk.wav")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """``written(samples, rate=16_000)``: samples (-1…1) as a mono 16-bit WAV file."""

    def write(samples: npt.NDArray[np.float64], *, rate: int = 16_000) -> Path:
        path = tmp_path / f"{rate}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
        return path

    return write


def read_rttm(path: Path) -> list[Turn]:
    rows = [line.split() for line in path.read_text().splitlines() if line.startswith("SPEAKER")]
    return [Turn(start=float(row[3]), end=float(row[3]) + float(row[4]), speaker=row[7]) for row in rows]
