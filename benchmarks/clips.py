"""Five one-minute clips of 720p beside MoviePy's cut-and-write of the same spans, without and with burned subtitles.

Of the twelve-minute lecture of the shared media (without them: the sample lecture again and again). Ours is everything
that makes a clip of an uploaded file: looking into it (not again where its process has seen it, as a worker with the
local storage), the sound with its fades and loudness, the picture, the subtitle track, poster and preview; two clips at
once, as many as ``media_slots`` lets a worker make. Both are timed in one run, ours before and after, and the quicker
one counts. Without burned subtitles also of the lecture encoded once more with a keyframe every two seconds, which is
ordinary; its own come every 25. Quality with subtitles: SSIM against the recording, of the part of the picture that has
none. Memory: the peaks of our process and of its largest child for a minute out of 60 minutes over those for one out of
one. Linux only.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reelscribe.platform.domain import frames
from reelscribe.platform.media import probe, programs
from reelscribe.platform.media.render import copy, mux, samples, sound, stills

from . import one_clip, servers, submit
from .figures import Figure, at_least, at_most, plain
from .soundings import _lecture

SPANS = [(60.0, 120.0), (181.3, 241.3), (302.6, 362.6), (423.9, 483.9), (600.2, 660.2)]
BURNED = SPANS[:2]
AT_ONCE = 2  # the default of "media_slots"
KEY_SECONDS = 2
WITHOUT = 20.0
WITH = 2.0
SIMILAR = 0.01
FLAT = 1.2
_CUES = [(2.0 * n, 2.0 * n + 1.8, f"This is subtitle {n + 1} of thirty") for n in range(30)]


@dataclass(frozen=True)
class _Took:
    seconds: float
    cpu: float


def measure() -> list[Figure]:
    """Return the ratios of time, quality and memory, and what they are made of."""
    submit._install()
    with servers.home() as folder:
        source = _lecture(folder)
        _ours(source, folder / "warm", [(10.0, 12.0)], ())
        plainly = _contest(source, folder, SPANS, (), WITHOUT, "without burned subtitles")
        keyed = _keyed(source, folder / "keyed.mp4")
        oftener = _contest(keyed, folder, SPANS, (), WITHOUT, f"without them, keyframes every {KEY_SECONDS} s")
        burned = _contest(source, folder, BURNED, _CUES, WITH, "with burned subtitles")
        parts = [
            *_parts(source, folder, "of one clip"),
            *_parts(keyed, folder, f"of one, keyframes every {KEY_SECONDS} s"),
        ]
        return [*plainly, *oftener, *parts, *burned, *_quality(source, folder), *_memory(source, folder)]


def _keyed(source: Path, target: Path) -> Path:
    """Encode the picture once more, with ordinary keyframes."""
    keys = ["-force_key_frames", f"expr:gte(t,n_forced*{KEY_SECONDS})", "-preset", "medium", "-crf", "20"]
    argv = [programs.ffmpeg().path, "-v", "error", "-i", source, "-c:v", "libx264", *keys, "-c:a", "copy", target]
    subprocess.run(argv, check=True, timeout=1800)
    return target


def _contest(
    source: Path,
    folder: Path,
    spans: Sequence[tuple[float, float]],
    cues: Sequence[one_clip.Cue],
    target: float,
    how: str,
) -> list[Figure]:
    name = "burned" if cues else f"plain-{source.stem}"
    probe._seen.clear()  # each round looks into the file anew
    before = _ours(source, folder / name, spans, cues)
    theirs = _theirs(source, folder / f"{name}-moviepy", spans, cues)
    probe._seen.clear()
    ours = min(before, _ours(source, folder / name, spans, cues), key=lambda took: took.seconds)
    return [
        at_least(f"MoviePy over our clips {how}", theirs.seconds / ours.seconds, target, unit="x", digits=1),
        plain("  the same in CPU seconds", theirs.cpu / ours.cpu, unit="x"),
        plain(f"  MoviePy, {len(spans)} clips of 60 s", theirs.seconds, unit=" s"),
        plain("  ours", ours.seconds, unit=" s", digits=2),
        plain("  load average, 1 minute", os.getloadavg()[0]),
    ]


def _ours(source: Path, folder: Path, spans: Sequence[tuple[float, float]], cues: Sequence[one_clip.Cue]) -> _Took:
    folder.mkdir(exist_ok=True)

    async def all_of_them() -> None:
        free = asyncio.Semaphore(AT_ONCE)

        async def one(number: int, start: float, end: float) -> None:
            async with free:
                await one_clip.made(source, folder / str(number), one_clip.order(start, end, cues))

        await asyncio.gather(*(one(number, *span) for number, span in enumerate(spans)))

    return _timed(lambda: asyncio.run(all_of_them()))


def _theirs(source: Path, folder: Path, spans: Sequence[tuple[float, float]], cues: Sequence[one_clip.Cue]) -> _Took:
    folder.mkdir(exist_ok=True)
    argv = [servers.BENCH_BIN / "python", "-m", "benchmarks.comparison.cuts", source, folder, json.dumps(spans)]
    before = _cpu_seconds()
    done = subprocess.run(
        [*argv, json.dumps(cues)], stdout=subprocess.PIPE, text=True, check=True, timeout=1800, cwd=servers.ROOT
    )
    return _Took(float(json.loads(done.stdout)["seconds"]), _cpu_seconds() - before)


def _timed(act: Callable[[], object]) -> _Took:
    begin, cpu = time.perf_counter(), _cpu_seconds()
    act()
    return _Took(time.perf_counter() - begin, _cpu_seconds() - cpu)


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _parts(source: Path, folder: Path, what: str) -> list[Figure]:
    """What the parts of one clip cost, one after the other, in CPU seconds."""
    working = folder / f"parts-{source.stem}"
    working.mkdir()
    info = asyncio.run(probe.inspect(source, max_seconds=one_clip.MAX_SECONDS))
    wanted = one_clip.order(*SPANS[1])
    grid = frames.grid(wanted.spans, info.video.fps if info.video else None)
    wav, picture, aac = working / "sound.wav", working / "picture.mp4", working / "sound.m4a"
    made = asyncio.run(copy.picture(source, info, wanted, grid, picture))
    keys = made.keys if made else 0

    async def choosing() -> Path:
        if keys > samples.MOST:
            return await samples.thinned(picture, working / "samples.mov", keys=keys)
        return picture if keys >= samples.LEAST else await samples.make(picture, working / "samples.mov", grid)

    material = mux.Material(picture=picture, sound=aac, seconds=grid.duration)
    chosen = asyncio.run(choosing())
    parts: dict[str, Callable[[], Awaitable[object]]] = {
        "looking into the file": lambda: probe.inspect(source, max_seconds=one_clip.MAX_SECONDS),
        "picture, copied but for its edges": lambda: copy.picture(source, info, wanted, grid, picture),
        "sound: cut, faded, measured, made as loud as others": lambda: sound.make(
            source, info, grid, wav, folder=working, on_progress=one_clip.nobody
        ),
        "sound to AAC": lambda: mux.encode_sound(wav, info.audio_streams[0].channels, grid.duration, aac),
        "joining": lambda: mux.mux(material, wanted, working / "clip.mp4", folder=working),
        "pictures to choose among": choosing,
        "poster and preview": lambda: stills.make(chosen, working / "poster.jpg", working / "preview.webp"),
    }
    return [plain(f"  {what}: {name}", _cost(act), unit=" CPU s", digits=2) for name, act in parts.items()]


def _cost(act: Callable[[], Awaitable[object]]) -> float:
    async def done() -> None:
        await act()

    return _timed(lambda: asyncio.run(done())).cpu


def _quality(source: Path, folder: Path) -> list[Figure]:
    ours = _similarity(source, folder / "burned" / "0" / "clip.mp4")
    theirs = _similarity(source, folder / "burned-moviepy" / "0.mp4")
    return [
        at_least("  SSIM of ours above MoviePy's, less 0.01 allowed", ours - theirs, -SIMILAR, digits=4),
        plain("  SSIM of ours", ours, digits=4),
        plain("  SSIM of MoviePy's", theirs, digits=4),
    ]


def _similarity(source: Path, clip: Path) -> float:
    """Compare the upper seven tenths, ten times a second."""
    start, end = BURNED[0]
    same = "fps=10,crop=iw:ih*7/10:0:0,settb=AVTB,setpts=PTS-STARTPTS"
    argv = [programs.ffmpeg().path, "-nostdin", "-ss", str(start), "-t", str(end - start), "-i", source, "-i", clip]
    graph = f"[0:v]{same}[a];[1:v]{same}[b];[a][b]ssim"
    done = subprocess.run(
        [*argv, "-lavfi", graph, "-f", "null", "-"], stderr=subprocess.PIPE, text=True, check=True, timeout=600
    )
    found = re.search(r"SSIM .*All:([0-9.]+)", done.stderr)
    if found is None:
        raise SystemExit("ffmpeg says no SSIM")
    return float(found[1])


def _memory(source: Path, folder: Path) -> list[Figure]:
    minute, hour = folder / "minute.mp4", folder / "hour.mp4"
    for target, options in ((minute, ["-ss", "50"]), (hour, ["-stream_loop", "4"])):
        argv = [programs.ffmpeg().path, "-v", "error", *options, "-i", source, "-t", "3600", "-c", "copy"]
        short = ["-t", "60"] if target == minute else []
        subprocess.run([*argv, *short, target], check=True, timeout=300)
    small, large = _peaks(minute, 0.5), _peaks(hour, 3000.5)
    return [
        at_most("our memory for a minute of 60 over one of one", large[0] / small[0], FLAT, unit="x"),
        at_most("that of the largest child", large[1] / small[1], FLAT, unit="x"),
        plain("  ours, a minute of 60 minutes", large[0] / 1024, unit=" MB"),
        plain("  the largest child's", large[1] / 1024, unit=" MB"),
    ]


def _peaks(source: Path, start: float) -> tuple[int, int]:
    argv = [sys.executable, "-m", "benchmarks.one_clip", source, str(start), str(start + 59.5)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, timeout=600, cwd=servers.ROOT)
    own, child = json.loads(done.stdout)
    return own, child
