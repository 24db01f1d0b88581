from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.engines.child.recording import RATE, quietest, stretches
from reelscribe.platform.errors import BadMedia


def write(path: Path, samples: np.ndarray, *, channels: int = 1, rate: int = RATE) -> str:
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes(samples.astype(np.int16).tobytes())
    return str(path)


def loud_with_pauses(seconds: float, pauses: list[float]) -> np.ndarray:
    """Noise with half a second of silence around each of ``pauses``, in seconds."""
    samples = np.random.default_rng(1).integers(-9000, 9000, int(seconds * RATE))
    for pause in pauses:
        samples[int((pause - 0.25) * RATE) : int((pause + 0.25) * RATE)] = 0
    return samples


def test_stretches_are_cut_in_pauses(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", loud_with_pauses(25, [8.0, 17.0]))

    parts = list(stretches(path, longest=10, search=5))

    assert [part.start for part in parts] == pytest.approx([0, 8, 17], abs=0.25)


@given(st.integers(0, 40_000), st.integers(1, 10))
def test_stretches_are_the_whole_recording(tmp_path_factory: pytest.TempPathFactory, length: int, longest: int) -> None:
    samples = np.arange(length, dtype=np.int16)
    path = write(tmp_path_factory.mktemp("wav") / "a.wav", samples)

    parts = list(stretches(path, longest=longest / 10, search=longest / 20))

    assert np.array_equal(np.concatenate([np.zeros(0, np.int16), *(part.samples for part in parts)]), samples)
    assert all(len(part.samples) <= longest / 10 * RATE for part in parts)
    assert all(part.start * RATE == pytest.approx(int(part.samples[0]) % 65536, abs=1e-3) for part in parts)


def test_quietest_takes_the_last_of_equal_moments() -> None:
    samples = np.zeros(RATE, np.int16)

    assert quietest(samples, RATE // 2) > 0.85 * RATE


def test_file_cut_short_in_mid_sample_is_read_to_its_end(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "a.wav", loud_with_pauses(1, [])))
    path.write_bytes(path.read_bytes()[:-1001])

    (part,) = stretches(str(path), longest=10, search=5)

    assert len(part.samples) == RATE - 501


@pytest.mark.parametrize(("channels", "rate"), [(2, RATE), (1, 44_100)])
def test_other_wav_is_bad_media(tmp_path: Path, channels: int, rate: int) -> None:
    path = write(tmp_path / "a.wav", np.zeros(100), channels=channels, rate=rate)

    with pytest.raises(BadMedia, match="16 kHz"):
        list(stretches(path, longest=10, search=5))


def test_missing_file_is_bad_media(tmp_path: Path) -> None:
    with pytest.raises(BadMedia):
        list(stretches(str(tmp_path / "gone.wav"), longest=10, search=5))
