"""Where somebody speaks: Silero's voice detector, which comes with faster-whisper and needs neither torch nor a hub."""

from __future__ import annotations

import numpy as np
from faster_whisper.vad import VadOptions, collect_chunks, get_speech_timestamps, get_vad_model
from numpy.typing import NDArray

from ..guards import is_speech
from .recording import RATE

Samples = NDArray[np.float32]
# ``start`` and ``end`` are samples, as faster-whisper has them.
Section = dict[str, int]

_FRAME = 512  # samples for which the detector gives one probability: 32 ms


def sections(samples: Samples, *, longest: float = float("inf")) -> list[Section]:
    """Return the parts of ``samples`` (-1 to 1) with speech, at most ``longest`` seconds each, in order.

    Parts are 2 s of silence apart, or cut at a pause where they would grow too long; each has 0.4 s to spare around it.
    """
    found: list[Section] = get_speech_timestamps(samples, VadOptions(max_speech_duration_s=longest), sampling_rate=RATE)
    if not found:
        return []
    padded = np.pad(samples, (0, _FRAME - len(samples) % _FRAME))
    frames = np.atleast_1d(get_vad_model()(padded).squeeze())
    return [part for part in found if is_speech(_of(frames, part), frame_seconds=_FRAME / RATE)]


def only(samples: Samples, parts: list[Section]) -> Samples:
    """Return the samples of all ``parts``, one after the other."""
    chunks, _ = collect_chunks(samples, parts)
    return np.concatenate(chunks) if parts else samples[:0]


def _of(frames: NDArray[np.float32], part: Section) -> list[float]:
    return [float(each) for each in frames[part["start"] // _FRAME : -(-part["end"] // _FRAME)]]
