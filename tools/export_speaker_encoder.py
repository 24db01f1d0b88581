"""Export the GE2E speaker encoder of the Resemblyzer wheel to ONNX, int8 where the embeddings stay the same.

    pip install torch onnx onnxscript onnxruntime && pip download --no-deps resemblyzer==0.1.4
    unzip -o Resemblyzer-*.whl resemblyzer/pretrained.pt
    python tools/export_speaker_encoder.py resemblyzer/pretrained.pt OUT_DIR

Writes ``speaker_encoder.onnx``: input ``mels`` (batch, 160 frames, 40 mels, float32), output ``embedding``
(batch, 256, L2 norm 1). Prints the largest difference from torch and, for int8, the smallest cosine.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

FRAMES, MELS, SIZE = 160, 40, 256
LEAST_COSINE = 0.995  # below this the int8 model is not taken


class SpeakerEncoder(torch.nn.Module):
    """Three LSTM layers, a linear layer on the last hidden state, ReLU, L2 norm (Wan et al. 2018, GE2E)."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = torch.nn.LSTM(MELS, SIZE, 3, batch_first=True)
        self.linear = torch.nn.Linear(SIZE, SIZE)

    def forward(self, mels: torch.Tensor) -> torch.Tensor:
        _, (hidden, _) = self.lstm(mels)
        raw = torch.relu(self.linear(hidden[-1]))
        return raw / torch.linalg.vector_norm(raw, dim=1, keepdim=True).clamp_min(1e-6)


def load(weights: Path) -> SpeakerEncoder:
    encoder = SpeakerEncoder()
    state = torch.load(weights, map_location="cpu", weights_only=False)["model_state"]
    encoder.load_state_dict({name: value for name, value in state.items() if "similarity" not in name})
    return encoder.eval()


def export(encoder: SpeakerEncoder, target: Path) -> None:
    torch.onnx.export(
        encoder,
        (torch.zeros(2, FRAMES, MELS),),
        str(target),
        input_names=["mels"],
        output_names=["embedding"],
        dynamic_axes={"mels": {0: "batch"}, "embedding": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


def embed(model: Path, mels: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["embedding"], {"mels": mels})[0])


def main(weights: Path, folder: Path) -> None:
    encoder = load(weights)
    full, small = folder / "speaker_encoder.fp32.onnx", folder / "speaker_encoder.onnx"
    export(encoder, full)
    quantize_dynamic(full, small, weight_type=QuantType.QInt8, per_channel=False)
    generator = np.random.default_rng(0)
    mels = generator.gamma(0.3, 0.05, (64, FRAMES, MELS)).astype(np.float32)  # about as skewed as speech
    with torch.no_grad():
        reference = encoder(torch.from_numpy(mels)).numpy()
    cosine = float((reference * embed(small, mels)).sum(axis=1).min())
    print(f"fp32: differs from torch by {np.abs(reference - embed(full, mels)).max():.1e}")
    print(f"int8: smallest cosine {cosine:.4f}, {small.stat().st_size} bytes")
    if cosine < LEAST_COSINE:
        full.replace(small)
        print("int8 is too far off: fp32 taken")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
