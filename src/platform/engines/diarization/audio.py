"""The recording, read piece by piece so that memory does not grow with the file."""

from __future__ import annotations

import wave
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from ...errors import BadMedia

RATE = 16_000  # samples per second; what both networks were trained on

Samples = npt.NDArray[np.float32]


class Recording:
    """A mono 16 kHz 16-bit WAV file; a context manager.

    Raises:
        BadMedia: the file is no WAV, or of another shape.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._wav = wave.open(str(path), "rb")  # noqa: SIM115 - __exit__ closes it
        except (wave.Error, EOFError) as exc:
            raise BadMedia(f"{path.name} is not a PCM WAV file: {exc}") from exc
        shape = (self._wav.getnchannels(), self._wav.getframerate(), self._wav.getsampwidth())
        if shape != (1, RATE, 2):
            self._wav.close()
            raise BadMedia(f"{path.name} is not mono, 16 kHz, 16 bit but {shape}")
        self.length = self._wav.getnframes()

    def read(self, start: int, count: int) -> Samples:
        """Return ``count`` samples (-1…1) from ``start``, zeros after the end of the file."""
        self._wav.setpos(min(start, self.length))
        found = np.frombuffer(self._wav.readframes(count), dtype="<i2").astype(np.float32) / 32768
        return np.pad(found, (0, count - len(found)))

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wav.close()
