"""The two networks of ``models/``, run by onnxruntime on the processor."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import EngineFailed, EngineUnavailable

MODELS = Path(__file__).parent / "models"

Floats = npt.NDArray[np.float32]


class Network:
    """A loaded model with one input and one output.

    Raises:
        EngineUnavailable: the model file or onnxruntime is missing or damaged.
    """

    def __init__(self, name: str) -> None:
        try:
            import onnxruntime  # costs 0.2 s and 40 MB, only the engine's child process pays them
        except ImportError as exc:
            raise EngineUnavailable("Telling speakers apart needs the package onnxruntime.") from exc
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = os.cpu_count() or 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(MODELS / name), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as exc:  # onnxruntime's errors share no base class
            raise EngineUnavailable(f"The speaker model {name} cannot be loaded.") from exc

    def run(self, batch: Floats) -> Floats:
        """Return the output for ``batch``.

        Raises:
            EngineFailed: onnxruntime could not compute it.
        """
        try:
            (output,) = self._session.run(None, {self._session.get_inputs()[0].name: batch})
        except Exception as exc:  # onnxruntime's errors share no base class
            raise EngineFailed("The speaker model failed on this recording.") from exc
        return np.asarray(output, dtype=np.float32)
