"""One clip in a process of its own: ``python -m benchmarks.one_clip FILE START END`` prints the peaks of its memory."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from reelscribe.platform.domain.rendering import RenderOrder
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import EngineName, Segment, Transcript
from reelscribe.platform.media import probe
from reelscribe.platform.media.render import render
from reelscribe.platform.media.render.render import Rendered
from reelscribe.platform.process.run import high_water_mark

Cue = tuple[float, float, str]
MAX_SECONDS = 5 * 3600.0


async def nobody(fraction: float) -> None:
    """Take progress and do nothing with it."""


def order(start: float, end: float, cues: Sequence[Cue] = ()) -> RenderOrder:
    """A clip of one stretch; ``cues`` (seconds of the clip) are burned in."""
    segments = tuple(
        Segment(id=f"s{number}", start=begin, end=stop, text=text) for number, (begin, stop, text) in enumerate(cues)
    )
    said = Transcript(
        version=1,
        language="en",
        duration=end - start,
        engine=EngineName(name="none", model=""),
        segments=segments,
        text=" ".join(segment.text for segment in segments),
    )
    return RenderOrder(title="A clip", spans=(Span(start, end),), transcript=said, burned=bool(cues))


async def made(source: Path, folder: Path, wanted: RenderOrder) -> Rendered:
    """Render as the stage does."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    return await render.render(
        source, await probe.known(source, max_seconds=MAX_SECONDS), wanted, folder, on_progress=nobody
    )


def main() -> None:
    """Print kilobytes: of this process and of its largest child."""
    with tempfile.TemporaryDirectory(prefix="rs-bench-") as folder:
        wanted = order(float(sys.argv[2]), float(sys.argv[3]))
        asyncio.run(made(Path(sys.argv[1]), Path(folder), wanted))
    # Our own by another count: "ru_maxrss" begins with what the process that started this one had.
    own = (high_water_mark(os.getpid()) or 0) // 1024
    print(json.dumps([own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))


if __name__ == "__main__":
    main()
