"""Windows over the recording, and switching with hysteresis."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.engines.diarization import segmentation


@given(st.integers(1, 3_000_000))
def test_starts_cover_the_recording_on_the_frame_grid(length: int) -> None:
    starts = segmentation.starts(length)

    assert starts[0] == 0
    assert all(start % segmentation.FRAME == 0 for start in starts)
    assert all(0 < after - before <= segmentation.STEP for before, after in pairwise(starts))
    assert length - segmentation.FRAME < starts[-1] + segmentation.WINDOW


def test_starts_is_empty_when_there_is_nothing() -> None:
    assert segmentation.starts(0) == []


@pytest.mark.parametrize(
    ("scores", "active"),
    [
        ([0.1, 0.6, 0.45, 0.39, 0.45], [0, 1, 1, 0, 0]),  # on above 0.5, off below 0.4
        ([0.45, 0.45, 0.45], [0, 0, 0]),
        ([0.9, 0.9, 0.1], [1, 1, 0]),
    ],
)
def test_binarise_keeps_its_state_between_the_thresholds(scores: list[float], active: list[int]) -> None:
    result = segmentation.binarise(np.array(scores, np.float32).reshape(1, -1, 1))

    assert result[0, :, 0].astype(int).tolist() == active
