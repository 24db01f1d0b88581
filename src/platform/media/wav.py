"""Our one sound format: mono, 16 kHz, 16-bit PCM WAV with the plain 44-byte header."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from ..errors import BadMedia

RATE = 16_000
SAMPLE_BYTES = 2
BYTES_PER_SECOND = RATE * SAMPLE_BYTES
HEADER_BYTES = 44
MAX_SECONDS = 36 * 3600  # a WAV file ends at 4 GiB, which are 37 hours


class Writer:
    """A WAV file in the making; the header is right once the block is left."""

    def __init__(self, path: Path) -> None:
        self._file = wave.open(str(path), "wb")  # noqa: SIM115 - closed by __exit__
        self._file.setnchannels(1)
        self._file.setsampwidth(SAMPLE_BYTES)
        self._file.setframerate(RATE)
        self.samples = 0

    def write(self, samples: NDArray[np.int16]) -> None:
        """Append samples."""
        self._file.writeframesraw(samples.astype("<i2", copy=False).tobytes())
        self.samples += len(samples)

    def write_bytes(self, content: bytes) -> None:
        """Append sound as it lies in a file of our format."""
        self._file.writeframesraw(content)
        self.samples += len(content) // SAMPLE_BYTES

    @property
    def seconds(self) -> float:
        """How much has been written."""
        return self.samples / RATE

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def offset(seconds: float) -> int:
    """Return where the sound at ``seconds`` begins in a file, in bytes.

    >>> offset(0.0), offset(1.5)
    (44, 48044)
    """
    return HEADER_BYTES + round(seconds * RATE) * SAMPLE_BYTES


def length(path: Path) -> int:
    """Return the number of samples.

    Raises:
        BadMedia: the file is not of our format.
    """
    with _opened(path) as file:
        return file.getnframes()


def blocks(path: Path, samples: int) -> Iterator[NDArray[np.int16]]:
    """Yield the sound in blocks of ``samples``; the last one may be shorter.

    Raises:
        BadMedia: the file is not of our format.
    """
    with _opened(path) as file:
        while content := file.readframes(samples):
            yield np.frombuffer(content, dtype="<i2")


def _opened(path: Path) -> wave.Wave_read:
    try:
        file = wave.open(str(path), "rb")  # noqa: SIM115 - closed by the caller's with
    except (wave.Error, EOFError) as exc:
        raise BadMedia("This is no WAV file.") from exc
    if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, SAMPLE_BYTES, RATE):
        file.close()
        raise BadMedia("This WAV file is not mono, 16 kHz, 16 bit.")
    return file
