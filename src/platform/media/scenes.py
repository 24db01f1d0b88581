"""Say what is seen in a video: cuts, slides, a speaker's face; in a child process under limits."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from ..domain import timeline
from ..domain.framing import Scene
from ..domain.timeline import Span
from ..errors import MediaFailed
from ..process.run import Child, Finished, started
from ..process.spawn import Limits
from . import programs
from .info import MediaInfo, VideoStream
from .scenes_report import Asked, Said

OnProgress = Callable[[float], Awaitable[None]]

MEMORY_BYTES = 4 * 1024**3  # address space; 150 to 500 MB of it are used
START_SECONDS = 60.0
SLOWEST = (
    3.0  # times as long as the stretches last; looking runs 4 (a camera) to 30 (slides) times as fast as they play
)
DECODED = 0.2  # of the whole recording: one without keyframes is decoded up to each stretch
GAP_SECONDS = 3.0  # between stretches that are looked at as one
_THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # its address space grows with each


async def detect(path: Path, info: MediaInfo, spans: Sequence[Span], *, on_progress: OnProgress) -> tuple[Scene, ...]:
    """Return the scenes of the spans, in order, together exactly as long as they are (merged, within the recording).

    Times are seconds of the recording; pixels those of ``info.video.display_size``. Nothing is returned where there is
    no moving picture, or none of it decodes. ``on_progress`` gets fractions from 0 to 1.

    Steps: 1. stretches that lie near each other are read as one; 2. the child looks at three frames a second of each
    and cuts where the picture changes; 3. scenes are clipped to what was asked for.

    Raises:
        MediaFailed: the child failed.
        TimeLimitReached: it took absurdly long.
    """
    wanted = timeline.clip(spans, Span(0.0, info.duration_seconds or 0.0))
    if info.video is None or not wanted:
        return ()
    windows = timeline.merge(wanted, gap=GAP_SECONDS)
    seen = await _watched(_asked(path, info.container, info.video, windows), info.duration_seconds or 0.0, on_progress)
    return tuple(part for span in wanted for scene in seen for part in _clipped(scene, span))


def _asked(path: Path, container: str, video: VideoStream, windows: tuple[Span, ...]) -> Asked:
    return Asked(path=str(path.absolute()), container=container, video=video, windows=windows)


def _clipped(scene: Scene, span: Span) -> list[Scene]:
    start, end = max(scene.start, span.start), min(scene.end, span.end)
    return [msgspec.structs.replace(scene, start=start, end=end)] if end > start else []


async def _watched(asked: Asked, duration: float, on_progress: OnProgress) -> list[Scene]:
    argv = [sys.executable, "-I", "-m", "reelscribe.platform.media.scenes_child"]
    argv.append(msgspec.json.encode(asked).decode())
    seconds = START_SECONDS + SLOWEST * timeline.total(asked.windows) + DECODED * duration
    limits = Limits(memory_bytes=MEMORY_BYTES, file_bytes=0, cpu_seconds=int(seconds * 4))
    env = programs.environment() | _THREADS
    async with started(argv, timeout=timedelta(seconds=seconds), limits=limits, env=env) as child:
        scenes = await _heard(child, on_progress)
        _check(await child.finish(), scenes)
    return scenes


async def _heard(child: Child, on_progress: OnProgress) -> list[Scene]:
    scenes: list[Scene] = []
    async for line in child.lines():
        try:
            said = msgspec.json.decode(line, type=Said)
        except msgspec.DecodeError as exc:
            raise MediaFailed("The program that watches videos said something odd.", **child.facts) from exc
        scenes.extend([said.scene] if said.scene else [])
        await on_progress(said.done)
    return scenes


def _check(done: Finished, scenes: Sequence[Scene]) -> None:
    """Refuse a child that failed; one that could not read the picture has said so and ended with 1."""
    if done.exit_code != 0 and not (done.exit_code == 1 and "cannot be read" in done.stderr_tail):
        raise MediaFailed("The program that watches videos failed.", scenes=len(scenes), **done.facts)
