"""Silence, waveform and loudness in one decoding pass, beside PyDub's search for silence and decoding alone.

On the twelve-minute lecture of the shared media (without them: the sample lecture again and again). Our pass begins
with the file as it was uploaded and ends with silences, pauses, peaks and loudness; it also writes the sound track.
PyDub gets the file's own sound, decoded before, and in a second search what our pass made of it (16 kHz, mono).
Decoding alone is the same ffmpeg with the same command, whose output is read and thrown away. Rounds alternate. Beside
decoding the quickest of each counts; beside PyDub, which runs once, our median. CPU seconds are those of us and of
ffmpeg together, the medians, and depend less on other load. Memory: the peaks of our process and of ffmpeg for
60 minutes over those for 60 seconds. Linux only.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reelscribe.platform.media import audio, probe, programs
from reelscribe.platform.media.info import MediaInfo
from reelscribe.platform.process.run import CHUNK_BYTES, high_water_mark

from . import one_pass, servers, submit
from .figures import Figure, at_least, at_most, plain

ROUNDS = 7
OVER_PYDUB = 50.0
OVER_DECODING = 2.0
FLAT = 1.2
THRESHOLD = "-54"  # dBFS, what our pass chooses for the lecture
_MB = 1024**2
_SHARED = Path(os.environ.get("REELSCRIBE_SHARED") or servers.ROOT.parent / "shared")


@dataclass(frozen=True)
class _Took:
    seconds: float
    cpu: float


def measure() -> list[Figure]:
    """Return the ratios of time and of memory, and what they are made of."""
    submit._install()
    with servers.home() as folder:
        source = _lecture(folder)
        begin = time.perf_counter()
        info = asyncio.run(probe.inspect(source))
        inspected = time.perf_counter() - begin
        rounds = [(_ours(source, folder / "ours.wav", info), _decoding(source, info)) for _ in range(ROUNDS)]
        pydub = _pydub(_own_sound(source, folder / "own.wav"))
        small = _pydub(folder / "ours.wav")
        return [*_speed(rounds, pydub, small, inspected), *_memory(folder)]


def _own_sound(source: Path, target: Path) -> Path:
    """Return the sound of the file as PyDub would load it: its own rate and channels, 16 bit."""
    argv = [programs.ffmpeg().path, "-v", "error", "-i", source, "-vn", "-c:a", "pcm_s16le", target]
    subprocess.run(argv, check=True, timeout=120)
    return target


def _speed(rounds: list[tuple[_Took, _Took]], pydub: _Took, small: _Took, inspected: float) -> list[Figure]:
    ours, decoding = ([each[side] for each in rounds] for side in (0, 1))
    quickest, bare = (min(each.seconds for each in side) for side in (ours, decoding))
    usual = statistics.median(each.seconds for each in ours)
    cpu, bare_cpu = (statistics.median(each.cpu for each in side) for side in (ours, decoding))
    return [
        at_least("PyDub's detect_silence over our whole pass", pydub.seconds / usual, OVER_PYDUB, unit="x", digits=1),
        at_most("our whole pass over decoding alone", quickest / bare, OVER_DECODING, unit="x"),
        plain("PyDub over us in CPU seconds", pydub.cpu / cpu, unit="x"),
        plain("our pass over decoding in CPU seconds", cpu / bare_cpu, unit="x", digits=2),
        plain("PyDub over decoding alone: no pass could be quicker", pydub.seconds / bare, unit="x"),
        plain("PyDub at our 16 kHz mono over our whole pass", small.seconds / usual, unit="x"),
        plain("PyDub, the file's own sound, decoded before", pydub.seconds, unit=" s"),
        plain("PyDub, our 16 kHz mono", small.seconds, unit=" s"),
        plain("our pass, median", usual, unit=" s", digits=2),
        plain("our pass, quickest", quickest, unit=" s", digits=2),
        plain("decoding alone, quickest", bare, unit=" s", digits=2),
        plain("looking into the file before, in neither", inspected, unit=" s", digits=2),
        plain("load average, 1 minute", os.getloadavg()[0]),
    ]


def _ours(source: Path, target: Path, info: MediaInfo) -> _Took:
    return _timed(lambda: asyncio.run(one_pass.over(source, target, info)))


def _decoding(source: Path, info: MediaInfo) -> _Took:
    return _timed(lambda: _thrown_away(source, info))


def _timed(act: Callable[[], object]) -> _Took:
    begin, cpu = time.perf_counter(), _cpu_seconds()
    act()
    return _Took(time.perf_counter() - begin, _cpu_seconds() - cpu)


def _cpu_seconds() -> float:
    """Return the CPU time of this process and of its children that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _thrown_away(source: Path, info: MediaInfo) -> int:
    """Decode and read; returns the peak memory of ffmpeg, as last seen before its end."""
    argv = audio._command(programs.ffmpeg().path, source, info.container, info.audio_streams[0], one_pass.MAX_SECONDS)
    peak = 0
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0) as child:
        assert child.stdout is not None
        while child.stdout.read(CHUNK_BYTES):
            peak = max(peak, high_water_mark(child.pid) or 0)
    if child.returncode != 0:
        raise SystemExit(f"ffmpeg ended with {child.returncode}")
    return peak


def _pydub(sound: Path) -> _Took:
    argv = [servers.BENCH_BIN / "python", "-W", "ignore", "-m", "benchmarks.comparison.silences", sound, THRESHOLD]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, timeout=600, cwd=servers.ROOT)
    told = json.loads(done.stdout)
    return _Took(told["seconds"], told["cpu"])


def _memory(folder: Path) -> list[Figure]:
    short, long = _repeated(folder, 60), _repeated(folder, 3600)
    own = [_own_peak(path) / _MB for path in (short, long)]
    child = [_thrown_away(path, asyncio.run(_inspected(path))) / _MB for path in (short, long)]
    return [
        at_most("our process's peak memory, 60 min over 60 s", own[1] / own[0], FLAT, unit="x"),
        at_most("ffmpeg's peak memory, 60 min over 60 s", child[1] / child[0], FLAT, unit="x"),
        plain("both together", (own[1] + child[1]) / (own[0] + child[0]), unit="x", digits=2),
        plain("our process, 60 s", own[0], unit=" MB"),
        plain("our process, 60 min", own[1], unit=" MB"),
        plain("ffmpeg, 60 s", child[0], unit=" MB"),
        plain("ffmpeg, 60 min", child[1], unit=" MB"),
    ]


async def _inspected(path: Path) -> MediaInfo:
    return await probe.inspect(path, max_seconds=one_pass.MAX_SECONDS)


def _own_peak(path: Path) -> int:
    argv = [sys.executable, "-m", "benchmarks.one_pass", str(path)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, timeout=300, cwd=servers.ROOT)
    return int(done.stdout)


def _lecture(folder: Path) -> Path:
    lecture = _SHARED / "media" / "E_long" / "lecture_2spk_12min.mp4"
    return lecture if lecture.is_file() else _repeated(folder, 720)


def _repeated(folder: Path, seconds: int) -> Path:
    """Return the sample lecture, again and again."""
    target = folder / f"{seconds}.mp4"
    sample = str(servers.ROOT / "samples" / "lecture.mp4")
    argv = [programs.ffmpeg().path, "-v", "error", "-stream_loop", "-1", "-i", sample]
    subprocess.run([*argv, "-t", str(seconds), "-c", "copy", str(target)], check=True, timeout=120)
    return target
