"""The loudness is that of the standard, and that which ffmpeg finds."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from reelscribe.platform.media import programs, wav
from reelscribe.platform.media.soundings import Sounder

from .conftest import decoded

LAST_DIGIT = 0.1


def loudness(sound: NDArray[np.float64]) -> float | None:
    sounder = Sounder()
    sounder.add(np.rint(sound).astype(np.int16))
    return sounder.result().loudness_lufs


def sine(seconds: float, hertz: float = 997, decibels: float = 0.0) -> NDArray[np.float64]:
    at = np.arange(round(seconds * wav.RATE)) / wav.RATE
    return 32767 * 10 ** (decibels / 20) * np.sin(2 * np.pi * hertz * at)


def by_ffmpeg(path: Path) -> float:
    """Return what ``ebur128`` says; at 48 kHz, for which the standard gives its filters."""
    argv = [programs.ffmpeg().path, "-nostdin", "-hide_banner", "-nostats", "-i", str(path)]
    measuring = ["-af", "aresample=48000,ebur128=framelog=quiet", "-f", "null", "-"]
    done = subprocess.run([*argv, *measuring], capture_output=True, text=True, check=True, timeout=60)
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", done.stderr)[-1])


def test_loudness_of_a_full_scale_sine_is_that_of_the_standard() -> None:
    assert loudness(sine(5)) == pytest.approx(-3.01, abs=0.02)
    assert loudness(sine(5, decibels=-20)) == pytest.approx(-23.01, abs=0.02)


def test_loudness_leaves_silence_and_murmur_out() -> None:
    speech, murmur = sine(10, decibels=-20), sine(10, decibels=-40)

    assert loudness(np.concatenate([speech, np.zeros(10 * wav.RATE)])) == pytest.approx(-23.0, abs=0.15)
    assert loudness(np.concatenate([speech, murmur])) == pytest.approx(-23.0, abs=0.15)


def test_loudness_weighs_rumble_less_and_hiss_more() -> None:
    middle = loudness(sine(5, 997, -20))

    assert middle is not None
    assert loudness(sine(5, 20, -20)) < middle - 10
    assert loudness(sine(5, 4000, -20)) == pytest.approx(middle + 3.3, abs=0.3)


def test_loudness_of_nothing_and_of_a_moment_is_unknown() -> None:
    assert loudness(np.zeros(5 * wav.RATE)) is None
    assert loudness(sine(0.35)) is None


@pytest.mark.parametrize(
    "name",
    [
        "A_speech/en_jfk_11s.flac",
        "A_speech/de_fleurs_000.ogg",  # very quiet
        "A_speech/dc_offset.wav",
        "A_speech/music_only_vibe_ace_61s.ogg",
        "B_multispeaker/ami_trn05_30s_4spk.flac",
        "B_multispeaker/stereo_2ch_2spk.wav",
        "E_long/essay_lecture_5min.mp4",
    ],
)
async def test_loudness_is_what_ffmpeg_finds(name: str, media: Path, tmp_path: Path) -> None:
    made = await decoded(media / name, tmp_path / "out.wav")

    assert made.soundings.loudness_lufs == pytest.approx(by_ffmpeg(tmp_path / "out.wav"), abs=LAST_DIGIT)
