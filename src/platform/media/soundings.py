"""What one pass over the sound tells: how loud every moment is, the waveform, and the loudness of the whole.

``Sounder`` is fed while the sound is decoded, so that nothing reads it a second time. It keeps 300 bytes a second:
13 MB for twelve hours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..errors import BadMedia
from . import loudness, wav

OnProgress = Callable[[float], Awaitable[None]]
Samples = NDArray[np.int16]
Levels = NDArray[np.uint8]  # half decibels below full scale: 0 is as loud as can be, 192 is nothing at all
Peaks = NDArray[np.int16]  # rows of lowest and highest sample

FRAME_SECONDS: Final = 0.01  # of a level
PEAK_SECONDS: Final = 0.02  # of a pair of peaks: 50 a second, a pixel each in a waveform drawn large
NOTHING: Final = 192
STEPS_PER_DECIBEL: Final = 2
_FRAME: Final = round(wav.RATE * FRAME_SECONDS)
_PEAK: Final = round(wav.RATE * PEAK_SECONDS)
_BLOCK: Final = loudness.BLOCK  # holds whole frames and whole pairs
_BATCH: Final = 100 * _BLOCK  # ten seconds: what is computed from them stays in the processor's cache
_FILE_BLOCK: Final = 60 * wav.RATE


class Soundings(msgspec.Struct, frozen=True, kw_only=True):
    """The findings, as they lie in the storage.

    ``levels``: one byte for each 10 ms, see ``Levels``; a constant offset does not count. ``peaks``: for each
    20 ms the lowest and the highest sample, 16 bits each, little-endian. Last parts are shorter.
    ``loudness_lufs`` is integrated over the mono sound (None: nothing to hear), ``sample_peak`` from 0 to 32768.
    """

    samples: int
    levels: bytes
    peaks: bytes
    loudness_lufs: float | None
    sample_peak: int

    @property
    def seconds(self) -> float:
        """The length of the sound."""
        return self.samples / wav.RATE

    def level_array(self) -> Levels:
        """Return the level of each 10 ms."""
        return np.frombuffer(self.levels, dtype=np.uint8)

    def peak_array(self) -> Peaks:
        """Return the lowest and highest sample of each 20 ms, shape (n, 2)."""
        return np.frombuffer(self.peaks, dtype="<i2").reshape(-1, 2)


class Sounder:
    """Takes the sound block by block, of any length."""

    def __init__(self) -> None:
        self._rest: Samples = np.empty(0, dtype=np.int16)
        self._samples = 0
        self._levels: list[bytes] = []
        self._peaks: list[bytes] = []
        self._meter = loudness.Meter(_BATCH // _BLOCK)
        self._values = np.empty(_BATCH, dtype=np.float32)

    def add(self, samples: Samples) -> None:
        """Take the next samples."""
        self._samples += len(samples)
        joined = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        whole = len(joined) // _BLOCK * _BLOCK
        self._rest = joined[whole:].copy()
        for start in range(0, whole, _BATCH):
            self._take(joined[start : min(start + _BATCH, whole)])

    def result(self) -> Soundings:
        """Return the findings; nothing can be added any more."""
        if len(self._rest):
            self._take_last(self._rest)
            self._rest = self._rest[:0]
        peaks = b"".join(self._peaks)
        return Soundings(
            samples=self._samples,
            levels=b"".join(self._levels),
            peaks=peaks,
            loudness_lufs=loudness.integrated(self._meter.energies()),
            sample_peak=_highest(np.frombuffer(peaks, dtype="<i2")),
        )

    def _take(self, samples: Samples) -> None:
        self._add(self._centred(samples), samples)
        self._meter.add(self._values[: len(samples)].reshape(-1, _BLOCK))

    def _take_last(self, samples: Samples) -> None:
        """Take less than a block; it is too short to count for the loudness."""
        self._add(self._centred(_filled(samples, _FRAME)), _filled(samples, _PEAK))

    def _add(self, values: NDArray[np.float32], samples: Samples) -> None:
        self._levels.append(_levels(values.reshape(-1, _FRAME)).tobytes())
        self._peaks.append(_peaks(samples.reshape(-1, _PEAK)).tobytes())

    def _centred(self, samples: Samples) -> NDArray[np.float32]:
        """Return the samples without their mean: squares of an offset would swallow those of quiet sound."""
        values = self._values[: len(samples)]
        np.copyto(values, samples)
        values -= values.mean()
        return values


async def read(path: Path, *, on_progress: OnProgress) -> Soundings:
    """Return the soundings of a WAV file as ``audio.extract`` writes it; ``on_progress`` gets fractions from 0 to 1.

    Raises:
        BadMedia: the file is not of our format.
    """
    total = await asyncio.to_thread(wav.length, path)
    blocks, sounder, done = wav.blocks(path, _FILE_BLOCK), Sounder(), 0
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        await asyncio.to_thread(sounder.add, block)
        done += len(block)
        await on_progress(done / total)
    return await asyncio.to_thread(sounder.result)


def write(path: Path, soundings: Soundings) -> None:
    """Write soundings to a file (MessagePack)."""
    path.write_bytes(msgspec.msgpack.encode(soundings))


def load(path: Path) -> Soundings:
    """Return what ``write`` wrote.

    Raises:
        BadMedia: the file is something else.
    """
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Soundings)
    except (msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise BadMedia("These are no soundings.") from exc


def _levels(frames: NDArray[np.float32]) -> Levels:
    power = np.einsum("ij,ij->i", frames, frames) / np.float32(_FRAME) - frames.mean(axis=1) ** 2
    decibels = -10.0 * np.log10(np.maximum(power / np.float32(32768.0**2), np.float32(1e-12)))
    levels: Levels = np.clip(np.rint(decibels * STEPS_PER_DECIBEL), 0, NOTHING).astype(np.uint8)
    return levels


def _peaks(pieces: Samples) -> Peaks:
    peaks: Peaks = np.stack([pieces.min(axis=1), pieces.max(axis=1)], axis=1).astype("<i2", copy=False)
    return peaks


def _filled(samples: Samples, length: int) -> Samples:
    """Return the samples with the last one repeated up to a multiple of ``length``."""
    return np.pad(samples, (0, -len(samples) % length), mode="edge")


def _highest(samples: Samples) -> int:
    return max(int(samples.max()), -int(samples.min())) if len(samples) else 0
