"""The sound of a clip: cut to the sample, faded at the joins, as loud as other clips."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from ...domain.frames import Grid
from ...errors import MediaFailed
from ...process.run import Finished, started
from ...process.spawn import Limits
from .. import programs
from ..audio import MEMORY_BYTES, SLOWEST, START_SECONDS, TRACKS_TRIED, OnProgress
from ..containers import WHITELIST
from ..info import AudioStream, MediaInfo
from .failures import disk_error
from .sound_cut import Cut, Slices
from .sound_level import RATE, Meter, Samples, applied

_LEAD: Final = 1.0  # seconds decoded before a cut: a decoder needs some packets until its output is right
_NEAR: Final = 20.0  # seconds between two spans that are decoded in one go; a child costs as much as ten of them
_BLOCK: Final = 4 * RATE
_HANDED_ON: Final = 4096  # samples, by one of ffmpeg's threads to another
_PIECE_BYTES: Final = 512 * 1024  # a pipe gives an eighth of this at a time, which is not worth a thread's turn
_DAMAGED: Final = "Parts of the sound cannot be decoded and are silent in this clip."
_DECODING: Final = 0.7  # of the work


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """A WAV file of 48 kHz and 16 bit, one channel or two; ``gain_db`` is what it was made louder by."""

    path: Path
    channels: int
    seconds: float
    silent: bool
    heard: bool  # whether anything of it was decoded
    gain_db: float = 0.0
    warnings: tuple[str, ...] = ()


async def make(
    source: Path, info: MediaInfo, grid: Grid, target: Path, *, folder: Path, on_progress: OnProgress
) -> Sound:
    """Write the sound of the spans of ``grid`` to ``target``, exactly as long as its frames.

    Steps: 1. decode the spans of the default track, or of the first other one that is heard in them; 2. fade 10 ms at
    each join and both ends, fill up with silence what is missing, and measure; 3. bring it to -16 LUFS (20 dB louder
    at most, true peaks limited to -1.5 dB). Memory does not grow with the recording, and by 4 kB a second with the
    clip. ``folder`` takes what is written in between.

    Raises:
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
        MediaFailed: ffmpeg failed.
    """
    raw = folder / "cut.s16"
    try:
        cut = await _first_heard(source, info, grid, raw, lambda done: on_progress(done * _DECODING))
        gain = await asyncio.to_thread(cut.meter.gain)
        await asyncio.to_thread(_level, raw, target, cut.meter, gain, cut.channels)
    except OSError as exc:
        raise disk_error(exc) from exc
    await on_progress(1.0)
    return Sound(
        path=target,
        channels=cut.channels,
        seconds=grid.duration,
        silent=cut.meter.silent,
        heard=cut.heard,
        gain_db=float(20 * np.log10(gain)),
        warnings=(_DAMAGED,) if cut.missing and cut.heard else (),
    )


class _Heard(msgspec.Struct, frozen=True, kw_only=True):
    meter: Meter
    channels: int
    missing: bool
    heard: bool


async def _first_heard(source: Path, info: MediaInfo, grid: Grid, raw: Path, on_progress: OnProgress) -> _Heard:
    """Decode tracks in order until one is not silent; where all are, the first one counts."""
    streams = info.audio_streams[:TRACKS_TRIED]
    for stream in streams:
        heard = await _decoded(source, info, stream, grid, raw, on_progress)
        if not heard.meter.silent:
            return heard
    if len(streams) == 1:
        return heard
    return await _decoded(source, info, streams[0], grid, raw, on_progress)


async def _decoded(
    source: Path, info: MediaInfo, stream: AudioStream, grid: Grid, raw: Path, on_progress: OnProgress
) -> _Heard:
    channels = min(stream.channels, 2)
    meter, missing, heard, done = Meter(channels), False, False, 0
    total = sum(cut.count for cut in cuts(grid))
    with await asyncio.to_thread(raw.open, "wb") as file:

        def keep(parts: Iterable[Samples]) -> None:
            for part in parts:
                file.write(part.astype("<i2", copy=False).tobytes())
                meter.feed(part)

        for run in _runs(cuts(grid)):
            slices = Slices(run, channels)
            complete = await _run(source, info, stream, slices, keep)
            missing |= not complete
            heard |= slices.heard
            done += sum(cut.count for cut in run)
            await on_progress(done / total)
        await asyncio.to_thread(meter.finish)
    return _Heard(meter=meter, channels=channels, missing=missing, heard=heard)


def cuts(grid: Grid) -> list[Cut]:
    """Return the samples of each span: counted on the clip's timeline, so that rounding does not add up."""
    edges = [round(start * RATE) for start in (*grid.starts, grid.duration)]
    found = []
    for number, (span, (begin, end)) in enumerate(zip(grid.spans, pairwise(edges), strict=True)):
        last = number + 1 == len(grid.spans)
        found.append(
            Cut(
                first=round(span.start * RATE),
                count=end - begin,
                fade_in=number == 0 or grid.spans[number - 1].end != span.start,
                fade_out=last or grid.spans[number + 1].start != span.end,
            )
        )
    return found


def _runs(wanted: list[Cut]) -> Iterator[list[Cut]]:
    """Yield groups of cuts that follow each other closely enough to be decoded in one go."""
    run: list[Cut] = []
    for cut in wanted:
        if run and not 0 <= cut.first - (run[-1].first + run[-1].count) <= _NEAR * RATE:
            yield run
            run = []
        run.append(cut)
    yield run


async def _run(
    source: Path, info: MediaInfo, stream: AudioStream, slices: Slices, keep: Callable[[Iterable[Samples]], None]
) -> bool:
    """Decode one group; returns whether all of it was there, silence that the file just does not have included."""
    begin = max(slices.first / RATE - _LEAD, 0.0)
    begin = int(begin * 1000) / 1000  # a number of samples that is whole
    seconds = slices.end / RATE - begin
    argv = _command((await asyncio.to_thread(programs.ffmpeg)).path, source, info.container, stream, begin, seconds)
    timeout = timedelta(seconds=START_SECONDS + SLOWEST * seconds)
    limits = Limits(memory_bytes=MEMORY_BYTES, file_bytes=0, cpu_seconds=int(timeout.total_seconds()))
    slices.at = round(begin * RATE)
    async with started(argv, timeout=timeout, limits=limits, env=programs.environment()) as child:
        held = bytearray()
        async for chunk in child.chunks():
            held += chunk
            if len(held) >= _PIECE_BYTES:
                await asyncio.to_thread(_feed, slices, held, keep)
        done = await child.finish()
    await asyncio.to_thread(_feed, slices, held, keep)
    await asyncio.to_thread(lambda: keep(slices.missing()))
    _check(done, slices)
    return done.exit_code == 0


def _feed(slices: Slices, held: bytearray, keep: Callable[[Iterable[Samples]], None]) -> None:
    """Take all whole samples that are held."""
    frame = 2 * slices.channels
    whole = len(held) // frame * frame
    keep(slices.feed(bytes(held[:whole])))
    del held[:whole]


def _command(ffmpeg: str, source: Path, container: str, stream: AudioStream, begin: float, seconds: float) -> list[str]:
    """Return a command that decodes one stretch of one track and can write nowhere but to its own stdout.

    As in ``media.audio``; what is not mapped is not even read, so that the sound decides where a seek ends.
    """
    options = f"-nostdin -hide_banner -v warning -threads 1 -protocol_whitelist file -format_whitelist {WHITELIST}"
    seek = ["-ss", f"{begin:.3f}"] if begin > 0 else []
    convert = f"aresample={RATE}:async=1:first_pts=0,aformat=sample_fmts=s16,asetnsamples=n={_HANDED_ON}:p=0"
    output = "-map_metadata -1 -max_error_rate 1 -filter_threads 1 -c:a pcm_s16le -f s16le -flush_packets 0"
    return [
        *[ffmpeg, *options.split(), "-vn", "-sn", "-dn", *seek, "-f", container, "-i", f"file:{source.absolute()}"],
        *["-map", f"0:{stream.index}", "-af", convert, "-ac", str(min(stream.channels, 2))],
        *[*output.split(), "-t", f"{seconds + 0.01:.3f}", "pipe:1"],
    ]


def _check(done: Finished, slices: Slices) -> None:
    if done.exit_code < 0 and not slices.heard:
        raise MediaFailed(f"ffmpeg was ended by signal {-done.exit_code}.", **done.facts)


def _level(raw: Path, target: Path, meter: Meter, gain: float, channels: int) -> None:
    """Write the WAV file, and take the raw one away."""
    curve, at = meter.curve(gain), 0
    with raw.open("rb") as file, wave.open(str(target), "wb") as made:
        made.setnchannels(channels)
        made.setsampwidth(2)
        made.setframerate(RATE)
        while content := file.read(_BLOCK * 2 * channels):
            samples = np.frombuffer(content, dtype="<i2").reshape(-1, channels)
            made.writeframesraw(applied(samples, gain, curve, at).astype("<i2", copy=False).tobytes())
            at += len(samples)
    raw.unlink()
