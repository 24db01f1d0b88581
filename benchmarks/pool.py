"""Twenty recordings of 10 s through a warm engine process, over starting the process for each of them.

The same engine on the same files: faster-whisper, and WhisperX where it is installed, with the small model of the
shared test material (``REELSCRIBE_SHARED``, default ``../shared``). For each file in turn both ways are taken, so that
other work on the machine falls on both; the processor's seconds are a firmer measure than the clock's where there is
much of it. A larger model takes longer to load and longer to listen, so the ratio is this model's.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import psutil
from reelscribe.platform.engines.protocol import Request
from reelscribe.platform.engines.registry import Registry
from reelscribe.platform.settings import Settings

from . import servers
from .figures import Figure, at_least, plain

ENGINES = ("faster-whisper", "whisperx")
MODEL = "micro-whisper-en"
FILES = 20
SECONDS = 10.0
TARGET = 5.0
# The clips that the model knows: on others it takes its time to find nothing.
CLIPS = ("A_speech/en_jfk_11s.flac", "B_multispeaker/pyannote_sample_30s_2spk.wav")


class _Silent:
    async def progress(self, fraction: float) -> None:
        pass

    async def partial(self, segments: Sequence[object]) -> None:
        pass


@dataclass(frozen=True)
class _Taken:
    seconds: float
    cpu_seconds: float
    text: str


def measure() -> list[Figure]:
    """Return for each engine the ratio of the sums, and the seconds a file takes either way."""
    with servers.home() as folder:
        files = _recordings(folder)
        settings = Settings(home=folder, model_dir=_shared() / "models", whisper_model=MODEL, whisperx_model=MODEL)
        present = [name for name in ENGINES if Registry(settings).get(name).refusal() is None]
        return [figure for name in present for figure in _measured(settings, name, files)]


def _measured(settings: Settings, engine: str, files: Sequence[Path]) -> list[Figure]:
    with asyncio.Runner() as runner:
        both = runner.run(_both(settings, engine, files))
    warm, cold = (sum(each.seconds for each in one) for one in zip(*both, strict=True))
    warm_cpu, cold_cpu = (sum(each.cpu_seconds for each in one) for one in zip(*both, strict=True))
    name = f"process per file over warm pool ({engine}, {len(files)} x {SECONDS:.0f} s)"
    return [
        at_least(name, cold / warm, TARGET, unit="x"),
        plain("the same, processor time of the processes", cold_cpu / warm_cpu, unit="x"),
        plain("a file in the warm pool", warm / len(files), unit=" s", digits=3),
        plain("a file with a process of its own", cold / len(files), unit=" s", digits=3),
        plain("load average, 1 minute", os.getloadavg()[0]),
    ]


async def _both(settings: Settings, engine: str, files: Sequence[Path]) -> list[tuple[_Taken, _Taken]]:
    kept = Registry(settings)
    try:
        await _listen(kept, engine, files[0])
        found = [(await _listen(kept, engine, path), await _alone(settings, engine, path)) for path in files]
        if kept.pool.stats.loads != 1:
            raise SystemExit(f"the warm pool has loaded {kept.pool.stats.loads} times")
    finally:
        await kept.close_all()
    if other := [(warm.text, cold.text) for warm, cold in found if warm.text != cold.text]:
        raise SystemExit(f"the texts differ: {other}")
    return found


async def _alone(settings: Settings, engine: str, path: Path) -> _Taken:
    """Transcribe in a process that ends with its file; ending it is not counted."""
    engines = Registry(settings)
    try:
        return await _listen(engines, engine, path)
    finally:
        await engines.close_all()


async def _listen(engines: Registry, engine: str, path: Path) -> _Taken:
    begin, cpu_begin = time.perf_counter(), _cpu_seconds(engines)
    request = Request(audio=path, duration=SECONDS, language="en")
    result = await engines.get(engine).transcribe(request, _Silent())
    seconds = time.perf_counter() - begin
    text = " ".join(segment.text for segment in result.segments)
    return _Taken(seconds, _cpu_seconds(engines) - cpu_begin, text)


def _cpu_seconds(engines: Registry) -> float:
    return sum(servers.cpu_seconds(psutil.Process(pid)) for pid in engines.pool.pids)


def _recordings(folder: Path) -> list[Path]:
    """Cut twenty files out of the clips, each from another place; they go round where a clip ends."""
    made = []
    for number in range(FILES):
        target, clip = folder / f"{number}.wav", _shared() / "media" / CLIPS[number % len(CLIPS)]
        argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-stream_loop", "-1", "-i", str(clip)]
        cut = ["-ss", str(number), "-t", str(SECONDS), "-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le"]
        subprocess.run([*argv, *cut, str(target)], check=True, timeout=120)
        made.append(target)
    return made


def _shared() -> Path:
    shared = Path(os.environ.get("REELSCRIBE_SHARED") or servers.ROOT.parent / "shared")
    if not (shared / "models" / MODEL).is_dir():
        raise SystemExit(f"this benchmark needs the shared test material; it is not in {shared} (REELSCRIBE_SHARED)")
    return shared
