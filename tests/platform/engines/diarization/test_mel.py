"""Our mel spectrogram against values that librosa 0.11.0 computed from the same samples."""

import numpy as np
import pytest
from reelscribe.platform.engines.diarization import mel

BANDS = [0, 5, 10, 20, 30, 39]
LIBROSA = {  # frame: the powers of BANDS, the sum of all bands
    0: ([0.0734164, 0.00249545, 4.91742e-05, 4.50703e-05, 0.000195505, 9.07646e-06], 1.07808),
    50: ([1.54117e-09, 1.42874e-08, 2.34002e-06, 1.53644e-08, 2.95223e-12, 1.07083e-14], 1.96372),
    100: ([0.000622441, 0.000705915, 0.000861223, 0.0114025, 0.00050622, 3.63391e-05], 0.587272),
}


def chirp() -> mel.Samples:
    """One second that rises from 200 to 2000 Hz, under it a steady 3000 Hz."""
    t = np.arange(16_000) / 16_000
    rising = 0.1 * np.sin(2 * np.pi * (200 * t + 900 * t * t))
    return (rising + 0.05 * np.sin(2 * np.pi * 3000 * t)).astype(np.float32)


@pytest.mark.parametrize("frame", LIBROSA)
def test_spectrogram_equals_librosa_when_it_gets_the_same_samples(frame: int) -> None:
    bands, total = LIBROSA[frame]

    power = mel.spectrogram(chirp())[frame]

    assert power[BANDS] == pytest.approx(bands, rel=1e-4, abs=1e-13)
    assert power.sum() == pytest.approx(total, rel=1e-4)


def test_filters_equal_librosa_when_built_for_16_khz() -> None:
    filters = mel.filters()

    assert filters.argmax(axis=1)[[0, 10, 20, 39]].tolist() == [2, 20, 44, 185]
    assert filters.max(axis=1)[[0, 10, 20, 39]] == pytest.approx([0.0124045, 0.0118795, 0.00719192, 0.00172494], 1e-4)


@pytest.mark.parametrize(("samples", "frames"), [(160, 2), (1600, 11), (80_000, 501)])
def test_spectrogram_has_a_frame_every_ten_milliseconds(samples: int, frames: int) -> None:
    assert mel.spectrogram(np.zeros(samples, np.float32)).shape == (frames, 40)
