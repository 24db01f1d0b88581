"""WhisperX's diarization: a pipeline of pyannote that hears the whole recording at once."""

from __future__ import annotations

import os
import re
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from whisperx.diarize import DiarizationPipeline

from ...domain.transcript import Turn
from ...errors import EngineUnavailable
from ..messages import Diarize, Open, Told
from .channel import Channel
from .memory import is_out_of_memory
from .recording import RATE, opened
from .torch_device import prepare

# The shortest sound that a pipeline takes without complaint; less has no voice.
_SHORTEST_SECONDS = 0.1
_BLOCK = RATE * 60  # samples converted at a time: one minute
_RESOLVED = re.compile(r"/([\w.-]+/[\w.-]+)/resolve/")


class Pyannote:
    """A loaded pipeline."""

    def __init__(self, pipeline: DiarizationPipeline) -> None:
        """Use ``pipeline``."""
        self._pipeline = pipeline

    @classmethod
    def load(cls, order: Open) -> Pyannote:
        """Load the pipeline in ``order.folder``, or the one of ``order.repository`` with that folder as its cache.

        Raises:
            EngineUnavailable: it cannot be downloaded, or its files are broken.
        """
        device = prepare(order)
        token = os.environ.get("HF_TOKEN")
        try:
            if not order.repository:
                return cls(DiarizationPipeline(order.folder, device=device))
            return cls(DiarizationPipeline(order.repository, token=token, device=device, cache_dir=order.folder))
        except MemoryError:
            raise
        except Exception as exc:  # pyannote lets everything through: torch's, the hub's and YAML's errors
            raise _load_error(exc, order) from exc

    def diarize(self, command: Diarize, channel: Channel) -> Told:
        """Return the turns, sorted by start; memory for the sound itself does not grow with the recording."""
        with _sound(command.audio) as sound:
            if len(sound) < _SHORTEST_SECONDS * RATE:
                return Told(turns=())
            found = self._pipeline(
                sound,
                min_speakers=command.min_speakers,
                max_speakers=command.max_speakers,
                progress_callback=lambda percent: channel.progress(min(float(percent) / 100, 0.99)),
            )
            return Told(turns=tuple(_turns(found, len(sound) / RATE)))


@contextmanager
def _sound(path: str) -> Iterator[NDArray[np.float32]]:
    """Yield the samples (-1 to 1) as a file in memory's place: torch reads of it what it needs.

    The file lies beside the recording, has no name, and is gone with this process however that ends. It takes
    64 kB for each second.
    """
    with opened(path) as wav, tempfile.TemporaryFile(dir=Path(path).parent) as file:
        count = _copy(wav, file)
        yield np.memmap(file, np.float32, "r+", shape=(count,)) if count else np.zeros(0, np.float32)


def _copy(wav: wave.Wave_read, file: IO[bytes]) -> int:
    count = 0
    while data := wav.readframes(_BLOCK):
        samples = np.frombuffer(data[: len(data) // 2 * 2], np.int16).astype(np.float32) / np.float32(32768)
        file.write(samples.tobytes())
        count += len(samples)
    file.flush()
    return count


def _turns(found: Any, duration: float) -> Iterator[Turn]:
    """Yield what the table of WhisperX says, speakers named by their first turn."""
    rows = sorted(
        (float(start), float(end), str(speaker))
        for start, end, speaker in zip(found["start"], found["end"], found["speaker"], strict=True)
    )
    names: dict[str, str] = {}
    for start, end, speaker in rows:
        name = names.setdefault(speaker, f"SPEAKER_{len(names):02d}")
        first, last = round(min(max(start, 0.0), duration), 3), round(min(end, duration), 3)
        if last > first:
            yield Turn(start=first, end=last, speaker=name)


def _load_error(exc: Exception, order: Open) -> Exception:
    if is_out_of_memory(exc):
        return MemoryError(str(exc))
    name = order.repository or Path(order.folder).name
    # Users read it: no path of the server.
    reason = str(exc).strip().split("\n")[0].replace(order.folder, "its folder")[:300] or type(exc).__name__
    gated = _gated(exc)
    if gated:
        return EngineUnavailable(
            f"The speaker model {name} needs {gated}, which the hub refuses to this server.", cause="hub", gated=gated
        )
    return EngineUnavailable(f"The speaker model {name} cannot be loaded: {reason}", cause="model")


def _gated(exc: BaseException | None) -> str:
    """Return the repository whose files the hub refused: a pipeline may need several."""
    while exc is not None:
        response = getattr(exc, "response", None)
        if response is not None and response.status_code in (401, 403):
            found = _RESOLVED.search(str(response.url))
            return found[1] if found else ""
        exc = exc.__cause__ or exc.__context__
    return ""
