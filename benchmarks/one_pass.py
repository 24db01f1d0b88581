"""One pass over a recording in a process of its own: ``python -m benchmarks.one_pass FILE`` prints its peak memory."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from reelscribe.platform.media import audio, probe, silence
from reelscribe.platform.media.audio import ExtractedAudio
from reelscribe.platform.media.info import MediaInfo
from reelscribe.platform.process.run import high_water_mark

MAX_SECONDS = 5 * 3600.0


async def _nobody(fraction: float) -> None:
    """Take progress and do nothing with it."""


async def over(source: Path, target: Path, info: MediaInfo) -> tuple[ExtractedAudio, int]:
    """Decode ``source`` to ``target``; returns the findings (peaks, loudness) and how many silences there are."""
    made = await audio.extract(source, target, info=info, max_seconds=MAX_SECONDS, on_progress=_nobody)
    silence.pauses(made.soundings)
    return made, len(silence.find(made.soundings))


async def _main(source: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="rs-bench-") as folder:
        await over(source, Path(folder) / "out.wav", await probe.inspect(source, max_seconds=MAX_SECONDS))
    print(high_water_mark(os.getpid()))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
