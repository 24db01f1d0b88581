"""The exported networks against what torch computed at export."""

import numpy as np
import pytest
from reelscribe.platform.engines.diarization import mel, networks
from reelscribe.platform.engines.diarization.networks import Network
from reelscribe.platform.errors import EngineFailed, EngineUnavailable

from .test_mel import chirp

LARGEST = {237: 0.25305, 133: 0.24841, 35: 0.18646, 116: 0.18439, 122: 0.18283, 238: 0.18044}  # torch 2.13.0


def test_speaker_encoder_equals_torch_when_it_gets_the_same_mels() -> None:
    mels = np.resize(mel.spectrogram(chirp()), (160, 40))

    (vector,) = Network("speaker_encoder.onnx").run(mels[None])

    assert vector[list(LARGEST)] == pytest.approx(list(LARGEST.values()), abs=1e-4)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_run_raises_engine_failed_when_the_batch_has_the_wrong_shape() -> None:
    network = Network("speaker_encoder.onnx")

    with pytest.raises(EngineFailed):
        network.run(np.zeros((1, 160, 7), np.float32))


def test_network_is_unavailable_when_the_file_is_damaged(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (networks.MODELS / "segmentation.onnx").read_bytes()
    (tmp_path / "segmentation.onnx").write_bytes(content.replace(b"\r\n", b"\n"))  # as a text checkout would
    monkeypatch.setattr(networks, "MODELS", tmp_path)

    with pytest.raises(EngineUnavailable, match=r"segmentation\.onnx"):
        Network("segmentation.onnx")
