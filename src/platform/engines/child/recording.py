"""Read a WAV file in stretches cut at pauses, so that memory does not grow with the recording."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import BadMedia

RATE = 16_000
_FRAME = 320  # samples, 20 ms: shorter than any sound of speech
_QUIET_FRAMES = 10  # 0.2 s, about the shortest pause between words


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """16-bit samples from ``start`` seconds on."""

    start: float
    samples: NDArray[np.int16]

    @property
    def end(self) -> float:
        """Where it ends, in seconds from the start of the file."""
        return self.start + len(self.samples) / RATE


def stretches(path: str, *, longest: float, search: float) -> Iterator[Stretch]:
    """Yield the whole recording in pieces of at most ``longest`` seconds.

    Each cut is at the quietest moment of the last ``search`` seconds of its piece.

    Raises:
        BadMedia: the file is not a mono 16 kHz 16-bit WAV.
    """
    at, rest = 0, np.zeros(0, np.int16)
    with opened(path) as wav:
        while True:
            missing = int(longest * RATE) - len(rest)
            data = wav.readframes(missing)
            # A file cut short may end inside a sample.
            block = np.concatenate([rest, np.frombuffer(data[: len(data) // 2 * 2], np.int16)])
            is_last = len(block) < int(longest * RATE)
            cut = len(block) if is_last else quietest(block, int(search * RATE))
            if cut:
                yield Stretch(start=at / RATE, samples=block[:cut])
            if is_last:
                return
            at, rest = at + cut, block[cut:]


def quietest(samples: NDArray[np.int16], search: int) -> int:
    """Return the index of the middle of the quietest 0.2 s among the last ``search`` samples."""
    first = max(len(samples) - search, len(samples) // 2)
    frames = samples[first : first + (len(samples) - first) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if len(frames) < _QUIET_FRAMES:
        return len(samples)
    energy = np.square(frames.astype(np.float32)).mean(axis=1)
    smooth = np.convolve(energy, np.ones(_QUIET_FRAMES), mode="valid")
    # Among equally quiet moments the last one, which makes the fewest pieces.
    best = len(smooth) - 1 - int(np.argmin(smooth[::-1]))
    return first + (best + _QUIET_FRAMES // 2) * _FRAME


def opened(path: str) -> wave.Wave_read:
    """Open the file at its beginning.

    Raises:
        BadMedia: it is not a mono 16 kHz 16-bit WAV.
    """
    try:
        wav = wave.open(path, "rb")  # noqa: SIM115 the caller closes it
    except (wave.Error, EOFError, OSError) as exc:
        raise BadMedia(f"The engine cannot read its audio file: {exc}.") from exc
    if (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) != (1, 2, RATE):
        wav.close()
        raise BadMedia("The engine needs a mono 16 kHz 16-bit WAV file.")
    return wav


def passage(path: str, *, start: float, end: float) -> NDArray[np.float32]:
    """Return the samples (-1 to 1) from ``start`` to ``end`` seconds; fewer, or none, where the file ends before.

    Raises:
        BadMedia: the file is not a mono 16 kHz 16-bit WAV.
    """
    with opened(path) as wav:
        first, last = (min(max(int(at * RATE), 0), wav.getnframes()) for at in (start, end))
        wav.setpos(first)
        data = wav.readframes(max(last - first, 0))
    # A file cut short may end inside a sample.
    return np.frombuffer(data[: len(data) // 2 * 2], np.int16).astype(np.float32) / np.float32(32768)
