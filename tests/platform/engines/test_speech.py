"""Whether anybody speaks, in recordings where one can hear it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from reelscribe.platform.engines.child import speech
from reelscribe.platform.engines.child.recording import stretches

from .conftest import Wav


def as_floats(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
    return samples.astype(np.float32) / np.float32(32768)


def heard(wav: Wav, name: str) -> bool:
    """Ask for stretches as pocketsphinx does."""
    path = str(wav(name).audio)
    return any(speech.sections(as_floats(stretch.samples)) for stretch in stretches(path, longest=20.0, search=10.0))


@pytest.mark.parametrize(
    "name",
    [
        "A_speech/en_cv_firefox.mp3",  # two words
        "A_speech/en_ldc_8k.wav",
        "A_speech/level_very_quiet.flac",
        "A_speech/level_clipped.mp3",
        "A_speech/noise_white_snr0.ogg",
        "A_speech/noise_babble_snr5.ogg",
        "A_speech/noise_music_snr5.ogg",
        "A_speech/zh_livingroom.wav",
    ],
)
def test_speech_is_heard(wav: Wav, name: str) -> None:
    assert heard(wav, name)


@pytest.mark.parametrize(
    "name",
    [
        "A_speech/silence_digital_30s.wav",
        "A_speech/silence_roomtone_30s.ogg",
        "A_speech/music_only_vibe_ace_61s.ogg",
        "A_speech/noise_robin_bird.ogg",
        "A_speech/laugh_no_words.mp3",
        "A_speech/tiny_1_sample.wav",
    ],
)
def test_no_speech_is_heard_where_there_is_none(wav: Wav, name: str) -> None:
    assert not heard(wav, name)


@pytest.mark.parametrize("count", [0, 1, 511, 513])
def test_any_number_of_samples_will_do(count: int) -> None:
    assert speech.sections(np.zeros(count, np.float32)) == []
