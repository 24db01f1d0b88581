"""Export pyannote's speaker segmentation (the weights in the whisperx wheel) to ONNX, int8.

    pip install torch onnx onnxscript onnxruntime && pip download --no-deps whisperx==3.8.6
    unzip -o whisperx-*.whl whisperx/assets/pytorch_model.bin
    python tools/export_speaker_segmentation.py whisperx/assets/pytorch_model.bin OUT_DIR

Writes ``segmentation.onnx``: input ``audio`` (batch, 1, samples, float32 in -1…1, 5 s of 16 kHz in training),
output ``activity`` (batch, frames of 270 samples, 3 local speakers, 0…1). The learned band-pass filters of the
first layer (SincNet, Ravanelli and Bengio 2018) are constants at inference, so they become a plain convolution.
"""

from __future__ import annotations

import pickle
import sys
import types
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

RATE, WINDOW = 16_000, 80_000
LOWEST_HZ = BAND_HZ = 50.0
Weights = dict[str, torch.Tensor]


class _Ignored:
    """Stands in for the training classes that the checkpoint names and inference does not need."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __setstate__(self, _: object) -> None: ...


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if module.startswith(("pyannote", "pytorch_lightning", "lightning", "omegaconf")):
            return _Ignored
        return super().find_class(module, name)


def checkpoint(path: Path) -> Weights:
    reader = types.ModuleType("reader")
    reader.__dict__.update(vars(pickle), Unpickler=_Unpickler)
    loaded = torch.load(path, map_location="cpu", pickle_module=reader, weights_only=False)
    weights: Weights = loaded["state_dict"]
    return weights


def sinc_filters(weights: Weights) -> torch.Tensor:
    """Return the 80 filters of 251 samples: 40 even (cosine) ones, then 40 odd (sine) ones."""
    prefix = "sincnet.conv1d.0.filterbank."
    low = LOWEST_HZ + weights[prefix + "low_hz_"].abs()
    high = (low + BAND_HZ + weights[prefix + "band_hz_"].abs()).clamp(LOWEST_HZ, RATE / 2)
    time, window, band = weights[prefix + "n_"], weights[prefix + "window_"], high - low
    even = (torch.sin(high @ time) - torch.sin(low @ time)) / (time / 2) * window
    odd = (torch.cos(low @ time) - torch.cos(high @ time)) / (time / 2) * window
    cosine = torch.cat([even, 2 * band, even.flip(1)], dim=1)
    sine = torch.cat([odd, torch.zeros_like(band), -odd.flip(1)], dim=1)
    return (torch.cat([cosine, sine]) / (2 * torch.cat([band, band]))).unsqueeze(1)


class Segmentation(torch.nn.Module):
    """PyanNet: SincNet, four bidirectional LSTM layers, two linear layers, a sigmoid per local speaker."""

    def __init__(self) -> None:
        super().__init__()
        nn = torch.nn
        self.wav_norm = nn.InstanceNorm1d(1, affine=True)
        self.conv = nn.ModuleList(
            [nn.Conv1d(1, 80, 251, stride=10, bias=False), nn.Conv1d(80, 60, 5), nn.Conv1d(60, 60, 5)]
        )
        self.norm = nn.ModuleList([nn.InstanceNorm1d(size, affine=True) for size in (80, 60, 60)])
        self.pool = nn.MaxPool1d(3)
        self.lstm = nn.LSTM(60, 128, 4, bidirectional=True, batch_first=True)
        self.linear = nn.ModuleList([nn.Linear(256, 128), nn.Linear(128, 128)])
        self.classifier = nn.Linear(128, 3)

    def forward(self, audio: torch.Tensor) -> torch.Tensor:
        leaky = torch.nn.functional.leaky_relu
        x = self.wav_norm(audio)
        for index, (conv, norm) in enumerate(zip(self.conv, self.norm, strict=True)):
            x = conv(x).abs() if index == 0 else conv(x)
            x = leaky(norm(self.pool(x)))
        x, _ = self.lstm(x.transpose(1, 2))
        for linear in self.linear:
            x = leaky(linear(x))
        return torch.sigmoid(self.classifier(x))


def load(path: Path) -> Segmentation:
    weights = checkpoint(path)
    names = {"sincnet.wav_norm1d": "wav_norm", "sincnet.conv1d": "conv", "sincnet.norm1d": "norm"}
    state = {"conv.0.weight": sinc_filters(weights)}
    for name, value in weights.items():
        if "filterbank" not in name:
            old = next((prefix for prefix in names if name.startswith(prefix)), None)
            state[name.replace(old, names[old]) if old else name] = value
    model = Segmentation()
    model.load_state_dict(state)
    return model.eval()


def export(model: Segmentation, target: Path) -> None:
    torch.onnx.export(
        model,
        (torch.zeros(2, 1, WINDOW),),
        str(target),
        input_names=["audio"],
        output_names=["activity"],
        dynamic_axes={"audio": {0: "batch"}, "activity": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


def score(model: Path, audio: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["activity"], {"audio": audio})[0])


def main(source: Path, folder: Path) -> None:
    model = load(source)
    full, small = folder / "segmentation.fp32.onnx", folder / "segmentation.onnx"
    export(model, full)
    quantize_dynamic(full, small, weight_type=QuantType.QInt8, op_types_to_quantize=["LSTM", "MatMul"])
    audio = np.random.default_rng(0).normal(0, 0.1, (4, 1, WINDOW)).astype(np.float32)
    with torch.no_grad():
        reference = model(torch.from_numpy(audio)).numpy()
    print(f"fp32: differs from torch by {np.abs(reference - score(full, audio)).max():.1e}")
    print(f"int8: mean difference {np.abs(reference - score(small, audio)).mean():.4f}, {small.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
