"""The sound of a recording, read in blocks: where it is silent, stretches of it as files of their own."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain import chunks
from ...domain.timeline import Span
from ...errors import BadMedia

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
_BLOCK = 60 * RATE
_FRAME = 320  # samples, 20 ms: shorter than any sound of speech
_FRAME_SECONDS = _FRAME / RATE

# In decibels below full scale or between levels, as of ``media.silence``, which knows more and is asked first:
# this look is for recordings whose silences the caller does not know.
_QUIET = -50.0  # what is nowhere louder is one silence
_ABOVE_FLOOR = 9.0  # noise varies by about 4 dB from frame to frame
_NEAREST = 28.0  # so far below the loud parts there is no speech that anybody should hear
_FARTHEST = 45.0
_FLAT = 10.0  # loud parts so near the floor: one sound
_SHORTEST_FRAMES = 25  # half a second


def length(path: Path) -> float:
    """Return the seconds of a WAV file.

    Raises:
        BadMedia: it is not a mono 16 kHz 16-bit WAV.
    """
    with _opened(path) as file:
        return file.getnframes() / RATE


def silences(path: Path) -> tuple[Span, ...]:
    """Return the stretches of half a second and more without sound; one byte of memory per 5 ms of recording.

    Raises:
        BadMedia: the file is not a mono 16 kHz 16-bit WAV.
    """
    import numpy as np  # the light processes start without it

    with _opened(path) as file:
        total = file.getnframes() / RATE
        found = [_levels(block) for block in _blocks(file)]
    if not found:
        return ()
    levels = np.concatenate(found)
    edges = np.flatnonzero(np.diff((levels < _threshold(levels)).astype(np.int8), prepend=0, append=0))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return tuple(
        Span(round(start * _FRAME_SECONDS, 3), round(min(end * _FRAME_SECONDS, total), 3))
        for start, end in runs
        if end - start >= min(_SHORTEST_FRAMES, len(levels))
    )


def quietest(path: Path, *, at: float, reach: float) -> float:
    """Return the quietest moment at most ``reach`` seconds from ``at``, in whole milliseconds."""
    begin = max(at - reach, 0.0)
    with _opened(path) as file:
        file.setpos(min(round(begin * RATE), file.getnframes()))
        content = file.readframes(round((at + reach - begin) * RATE))
    samples = memoryview(content[: len(content) // 2 * 2]).cast("h")
    return round(begin + chunks.quietest(samples, rate=RATE), 3)


def cut(path: Path, span: Span, target: Path) -> None:
    """Write the stretch ``span`` as a WAV file of its own; whole milliseconds are whole samples, so it is exact."""
    with _opened(path) as source, wave.open(str(target), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        first = min(round(span.start * RATE), source.getnframes())
        left = min(round(span.end * RATE), source.getnframes()) - first
        source.setpos(first)
        while left > 0 and (content := source.readframes(min(left, _BLOCK))):
            file.writeframesraw(content)
            left -= len(content) // 2


def _levels(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    import numpy as np  # as above

    frames = np.pad(samples, (0, -len(samples) % _FRAME), mode="edge").reshape(-1, _FRAME).astype(np.float32)
    # The variance: a constant offset is no sound.
    decibels = 10.0 * np.log10(np.maximum(frames.var(axis=1) / np.float32(32768.0**2), 1e-12))
    levels: NDArray[np.float32] = decibels.astype(np.float32)
    return levels


def _threshold(levels: NDArray[np.float32]) -> float:
    """Return the level below which a frame is silent."""
    import numpy as np  # as above

    floor, loud = (float(value) for value in np.percentile(levels, (5, 99)))
    if loud < _QUIET:
        return float("inf")
    if loud - floor < _FLAT:
        return float("-inf")
    return max(min(floor + _ABOVE_FLOOR, loud - _NEAREST), loud - _FARTHEST)


def _blocks(file: wave.Wave_read) -> Iterator[NDArray[np.int16]]:
    import numpy as np  # as above

    while content := file.readframes(_BLOCK):
        yield np.frombuffer(content[: len(content) // 2 * 2], dtype="<i2")


def _opened(path: Path) -> wave.Wave_read:
    try:
        file = wave.open(str(path), "rb")  # noqa: SIM115 the callers' with closes it
    except (wave.Error, EOFError, OSError) as exc:
        raise BadMedia(f"The engine cannot read its audio file: {exc}.") from exc
    if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE):
        file.close()
        raise BadMedia("The engine needs a mono 16 kHz 16-bit WAV file.")
    return file
