"""One pass over the sound tells its levels, its waveform and its loudness, in whatever blocks it comes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.media import soundings, wav
from reelscribe.platform.media.soundings import Sounder, Soundings

from .conftest import Make, decoded, ignore

RNG = np.random.default_rng(5)
SPEECHLIKE = (RNG.normal(0, 1, 30 * wav.RATE) * 3000 * np.sin(np.arange(30 * wav.RATE) / 9000) ** 4).astype(np.int16)


def sounded(*blocks: NDArray[np.int16]) -> Soundings:
    sounder = Sounder()
    for block in blocks:
        sounder.add(block)
    return sounder.result()


@settings(max_examples=30)
@given(cuts=st.lists(st.integers(0, len(SPEECHLIKE)), max_size=12).map(sorted), length=st.integers(0, len(SPEECHLIKE)))
def test_soundings_do_not_depend_on_the_blocks(cuts: list[int], length: int) -> None:
    sound = SPEECHLIKE[:length]

    whole, parts = sounded(sound), sounded(*np.split(sound, cuts))

    assert (parts.samples, parts.peaks, parts.sample_peak) == (whole.samples, whole.peaks, whole.sample_peak)
    assert parts.loudness_lufs == pytest.approx(whole.loudness_lufs, abs=0.01)
    # A level may fall on the other side of a rounding: half a decibel.
    assert np.abs(parts.level_array().astype(int) - whole.level_array()).max(initial=0) <= 1


@settings(max_examples=30)
@given(length=st.integers(1, 5000))
def test_peaks_are_those_of_the_samples(length: int) -> None:
    sound = RNG.integers(-32768, 32768, length).astype(np.int16)

    made = sounded(sound)

    pieces = [sound[at : at + 320] for at in range(0, length, 320)]  # 20 ms
    assert made.peak_array().tolist() == [[piece.min(), piece.max()] for piece in pieces]
    assert made.sample_peak == np.abs(sound.astype(int)).max()
    assert made.seconds == length / 16_000


def test_levels_are_half_decibels_below_full_scale() -> None:
    # A square wave of 3277 is 20 dB below full scale; with an offset it is as loud.
    square = np.tile(np.repeat([3277, -3277], 8), 1000).astype(np.int16)

    assert set(sounded(square).levels) == set(sounded(square + np.int16(9000)).levels) == {40}
    assert set(sounded(np.zeros(1600, dtype=np.int16)).levels) == {soundings.NOTHING}


async def test_extract_sees_what_a_second_pass_sees(make: Make, tmp_path: Path) -> None:
    source = make("a.mp3", "-f", "lavfi", "-i", "sine=frequency=440:duration=31.7:sample_rate=44100", "-ac", "2")

    made = await decoded(source, tmp_path / "out.wav")

    again = await soundings.read(tmp_path / "out.wav", on_progress=ignore)
    assert made.soundings.seconds == made.duration_seconds
    assert (made.soundings.peaks, made.soundings.sample_peak) == (again.peaks, again.sample_peak)
    assert made.soundings.loudness_lufs == pytest.approx(again.loudness_lufs, abs=0.01)


def test_soundings_come_back_as_they_were_written(tmp_path: Path) -> None:
    made = sounded(SPEECHLIKE)

    soundings.write(tmp_path / "soundings.bin", made)

    assert soundings.load(tmp_path / "soundings.bin") == made
    assert (tmp_path / "soundings.bin").stat().st_size < 301 * 30 + 200


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVE", b"\x81\xa7samples\x01"])
def test_load_refuses_another_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "soundings.bin"
    path.write_bytes(content)

    with pytest.raises(BadMedia):
        soundings.load(path)
