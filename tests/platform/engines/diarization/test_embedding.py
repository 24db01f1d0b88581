"""From active frames to pieces for the encoder."""

import numpy as np
import pytest
from reelscribe.platform.engines.diarization import embedding
from reelscribe.platform.engines.diarization.segmentation import FRAMES


@pytest.mark.parametrize(("frames", "pieces"), [(40, 1), (160, 1), (170, 2), (300, 2), (501, 4)])
def test_cut_up_gives_pieces_of_160_frames_from_first_to_last(frames: int, pieces: int) -> None:
    numbered = np.repeat(np.arange(frames, dtype=np.float32)[:, None], 40, axis=1)

    cut = embedding.cut_up(numbered)

    assert [piece.shape for piece in cut] == [(160, 40)] * pieces
    assert cut[0][0, 0] == 0
    assert cut[-1].max() == frames - 1


def test_alone_leaves_out_frames_in_which_two_speak() -> None:
    active = np.zeros((FRAMES, 3), bool)
    active[:200, 0] = active[100:, 1] = True  # both from frame 100 to 200

    chosen = embedding.alone(active, 501)

    assert not (chosen[:, 0] & chosen[:, 1]).any()
    assert chosen[:, 0].sum() == pytest.approx(100 * 270 / 160, abs=3)
    assert not chosen[:, 2].any()


@pytest.mark.parametrize(("amplitude", "gain"), [(0.001, 1000.0), (0.5, 1.0)])  # -60 dBFS is 30 dB too quiet
def test_loud_enough_raises_only_what_is_quiet(amplitude: float, gain: float) -> None:
    frames, samples = np.ones((10, 40), np.float32), np.full(1600, amplitude, np.float32)

    raised = embedding.loud_enough(frames, samples, np.ones(10, bool))

    assert raised[0, 0] == pytest.approx(gain, rel=1e-3)
