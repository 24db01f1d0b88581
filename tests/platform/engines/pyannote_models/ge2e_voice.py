"""Our speaker encoder as a model that pyannote can load; imported by the engine child, so it stands alone."""

from __future__ import annotations

import numpy as np
import torch
from pyannote.audio.core.model import Model
from reelscribe.platform.engines.diarization import embedding, mel
from reelscribe.platform.engines.diarization.networks import Network


class GE2EVoice(Model):
    """The GE2E encoder of ``engines/diarization/models``, run by onnxruntime inside a pyannote model."""

    dimension = 256

    def __init__(self, sample_rate: int = 16_000, num_channels: int = 1, task: object = None) -> None:
        super().__init__(sample_rate=sample_rate, num_channels=num_channels, task=task)
        self.nothing = torch.nn.Parameter(torch.zeros(1))  # a checkpoint needs a weight
        self._network = Network("speaker_encoder.onnx")

    def forward(self, waveforms: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
        """Return a vector for each waveform (batch, 1, sample), from the frames that ``weights`` (batch, frame) keep.

        A voice of less than 0.4 s has a vector of NaN, which pyannote leaves out.
        """
        vectors = []
        for at, waveform in enumerate(waveforms):
            samples = waveform[0].cpu().numpy()
            frames = mel.spectrogram(samples)
            chosen = np.ones(len(frames), bool) if weights is None else _frames(weights[at].cpu().numpy(), len(frames))
            vectors.append(self._vector(frames, samples, chosen))
        return torch.from_numpy(np.stack(vectors))

    def _vector(self, frames: np.ndarray, samples: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        if chosen.sum() < embedding.LEAST:
            return np.full(self.dimension, np.nan, np.float32)
        pieces = embedding.cut_up(embedding.loud_enough(frames[chosen], samples, chosen))
        mean = self._network.run(np.stack(pieces)).mean(axis=0)
        return mean / np.linalg.norm(mean)


def _frames(weights: np.ndarray, count: int) -> np.ndarray:
    nearest = np.arange(count) * len(weights) // count
    return weights[nearest] > 0.5
