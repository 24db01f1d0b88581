"""Stretches of a stored sound track: only their bytes are read, so memory and traffic do not grow with the file."""

from __future__ import annotations

import asyncio
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path

from .. import storage
from ..domain import chunks
from ..domain.timeline import Span
from . import wav


async def cut(key: str, span: Span, target: Path) -> None:
    """Write the stretch ``span`` (seconds) of the WAV file at ``key`` as a WAV file of its own."""
    await join(key, [span], target)


async def join(key: str, spans: Sequence[Span], target: Path) -> None:
    """Write the stretches of the WAV file at ``key`` one after the other as a WAV file of its own."""
    with wav.Writer(target) as file:
        for span in spans:
            start = wav.offset(span.start)
            async for block in storage.current().read(key, start=start, length=wav.offset(span.end) - start):
                await asyncio.to_thread(file.write_bytes, block)


async def quietest(key: str, *, at: float, reach: float) -> float:
    """Return the quietest moment at most ``reach`` seconds from ``at``, in seconds from the start of the file."""
    begin = max(at - reach, 0.0)
    start = wav.offset(begin)
    found = [block async for block in storage.current().read(key, start=start, length=wav.offset(at + reach) - start)]
    return round(begin + await asyncio.to_thread(_quietest, b"".join(found)), 3)


def _quietest(content: bytes) -> float:
    samples = array("h")
    samples.frombytes(content[: len(content) // wav.SAMPLE_BYTES * wav.SAMPLE_BYTES])
    if sys.byteorder == "big":
        samples.byteswap()
    return chunks.quietest(samples, rate=wav.RATE)
