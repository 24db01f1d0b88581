"""A pipeline of pyannote in a folder: real weights, no hub. As a program: write it into the folder that is named.

The segmentation is the model that the whisperx wheel brings, the voice our own GE2E encoder, and the clustering
pyannote's average linkage. The PLDA is none: pyannote loads one for every pipeline, this one does not use it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

# The child needs it on its PYTHONPATH.
MODULES = Path(__file__).parent / "pyannote_models"

_CONFIG = """\
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    clustering: AgglomerativeClustering
    segmentation: $model/segmentation
    embedding: $model/embedding
    plda: $model/plda
    embedding_exclude_overlap: true
    segmentation_batch_size: 8
    embedding_batch_size: 8
params:
  segmentation: {threshold: 0.5, min_duration_off: 0.1}
  clustering: {method: average, threshold: 0.25, min_cluster_size: 4}
"""


def make(folder: Path) -> Path:
    """Write the pipeline into ``folder`` and return it; torch is imported by another process, for its memory."""
    environ = {**os.environ, "PYANNOTE_METRICS_ENABLED": "0"}
    subprocess.run([sys.executable, "-W", "ignore", __file__, str(folder)], check=True, timeout=250, env=environ)
    return folder


def _write(folder: Path) -> None:
    for name in ("segmentation", "embedding", "plda"):
        (folder / name).mkdir(parents=True)
    (folder / "config.yaml").write_text(_CONFIG, encoding="utf-8")
    shutil.copyfile(_segmentation(), folder / "segmentation" / "pytorch_model.bin")
    _save_voice(folder / "embedding" / "pytorch_model.bin")
    size, kept = 256, 128
    np.savez(folder / "plda" / "xvec_transform.npz", mean1=np.zeros(size), mean2=np.zeros(kept), lda=np.eye(size, kept))
    np.savez(folder / "plda" / "plda.npz", mu=np.zeros(kept), tr=np.eye(kept), psi=np.arange(kept, 0, -1.0))


def _segmentation() -> Path:
    spec = find_spec("whisperx")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "assets" / "pytorch_model.bin"


def _save_voice(path: Path) -> None:
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications

    specifications = Specifications(problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=5.0)
    checkpoint = {
        "state_dict": {"nothing": torch.zeros(1)},
        "hyper_parameters": {"sample_rate": 16_000, "num_channels": 1},
        "pytorch-lightning_version": "2.6.0",
        "pyannote.audio": {
            "versions": {"pyannote.audio": "4.0.0"},
            "architecture": {"module": "ge2e_voice", "class": "GE2EVoice"},
            "specifications": specifications,
        },
    }
    torch.save(checkpoint, path)


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
