"""Who speaks when, with two small networks and no torch: ``diarize``.

1. Windows of five seconds, one second apart: up to three local speakers in each (``segmentation``).
2. A vector for each local speaker, from where they speak alone (``embedding``).
3. Vectors of one person are joined (``clustering``).
4. The windows become one time line, that becomes turns (``reconstruct``).

Runs for seconds to minutes without a pause: call it in a child process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...domain.transcript import Turn
from . import clustering, embedding, reconstruct, segmentation
from .audio import RATE, Recording
from .networks import Floats, Network
from .segmentation import Activity

BATCH = 8  # windows at a time: as fast as 32, and the inner layers take a quarter of the memory


@dataclass(frozen=True)
class _Heard:
    starts: list[int]
    active: Activity
    vectors: Floats
    lengths: embedding.Lengths


def diarize(
    path: Path,
    *,
    min_speakers: int | None = None,
    max_speakers: int | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> list[Turn]:
    """Return the turns in a mono 16 kHz 16-bit WAV file, sorted by start; turns of different speakers may overlap.

    ``min_speakers`` and ``max_speakers`` bound how many people are told apart; fewer than the minimum are found
    where the speech does not have as many voices to offer. ``on_progress`` gets 0 to 1, never falling.
    The clustering is over the whole recording. Memory grows by about 9 kB for each second: 0.4 GB for twelve hours.

    Raises:
        BadMedia: not such a WAV file.
        EngineUnavailable: a network cannot be loaded.
        EngineFailed: a network failed.
    """
    report = on_progress or _nobody_asked
    with Recording(path) as recording:
        heard = _listen(recording, report)
        duration = recording.length / RATE
    clear = heard.vectors[clustering.clear(heard.lengths)]
    if not len(clear):
        return []
    people = clustering.centroids(clear, fewest=min_speakers or 1, most=max_speakers)
    labels = clustering.assign(heard.vectors, people, heard.lengths)
    line = reconstruct.timeline(heard.starts, heard.active, labels, len(people))
    report(1.0)
    return reconstruct.turns(line, duration)


def _nobody_asked(_: float) -> None:
    """Take a progress report that nobody wants."""


def _listen(recording: Recording, on_progress: Callable[[float], None]) -> _Heard:
    finder, encoder = Network("segmentation.onnx"), Network("speaker_encoder.onnx")
    starts = segmentation.starts(recording.length)
    shape = (len(starts), segmentation.SPEAKERS)
    heard = _Heard(
        starts,
        np.zeros((len(starts), segmentation.FRAMES, segmentation.SPEAKERS), np.bool_),
        np.zeros((*shape, 256), np.float32),
        np.zeros(shape, np.intp),
    )
    for at in range(0, len(starts), BATCH):
        part = slice(at, at + BATCH)
        windows = np.stack([recording.read(start, segmentation.WINDOW) for start in starts[part]])
        active = segmentation.binarise(segmentation.score(finder, windows))
        heard.active[part] = active
        heard.vectors[part], heard.lengths[part] = embedding.embed(encoder, windows, active)
        on_progress(0.95 * min(1.0, (at + BATCH) / len(starts)))
    return heard
