"""Decode the sound of a recording once, to the one format that all later stages read."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import msgspec

from ..errors import BadMedia, MediaFailed, StageFailed, StorageFull
from ..process.run import Child, Finished, started
from ..process.spawn import Limits
from . import programs, wav
from .containers import WHITELIST
from .downmix import Downmix
from .info import AudioStream, MediaInfo
from .probe import check_length
from .soundings import Sounder, Soundings

OnProgress = Callable[[float], Awaitable[None]]

MEMORY_BYTES = 2 * 1024**3  # address space; 60 to 120 MB of it are used
START_SECONDS = 60.0
SLOWEST = 2.0  # decoding runs 100 to 1000 times faster than the recording plays; this is for starved machines
SILENT_PEAK = 10  # of 32768, -70 dBFS: nothing that anyone can hear
TRACKS_TRIED = 4
BATCH_BYTES = 256 * 1024  # of one channel, eight seconds: little to do per batch, and all of it in the cache
_HANDED_ON = 2048  # samples
SHORT = 0.02  # a sound track may end this part before the file's end without a word about it
_DAMAGE = ("Error while decoding", "Invalid data found", "Error submitting packet", "partial file", "corrupt")


class ExtractedAudio(msgspec.Struct, frozen=True, kw_only=True):
    """The decoded sound: its real length, which track it is, how it sounds, and sentences about what was damaged."""

    duration_seconds: float
    stream: AudioStream
    silent: bool
    soundings: Soundings
    warnings: tuple[str, ...] = ()


async def extract(
    source: Path, target: Path, *, info: MediaInfo, max_seconds: float, on_progress: OnProgress
) -> ExtractedAudio:
    """Write the sound of ``source`` to ``target`` as mono 16 kHz 16-bit WAV, and look at it on the way.

    Memory does not grow with the file, but for the 300 bytes a second of the soundings.

    Times count from the start of the file: a track that starts late is preceded by silence. The default
    track is taken, or the first of the others that is not silent. What is damaged is left out with a
    warning. ``on_progress`` gets fractions from 0 to 1. Nothing remains at ``target`` when this raises.

    Raises:
        BadMedia: there is no sound track, or nothing of it decodes.
        TooLarge: longer than ``max_seconds``.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
        MediaFailed: ffmpeg failed for another reason.
    """
    if not info.audio_streams:
        raise BadMedia("There is no sound in this file.", hint="Upload a recording with a sound track.")
    limit = min(max_seconds, wav.MAX_SECONDS)
    check_length(info.duration_seconds or 0.0, limit)
    try:
        return await _first_heard(source, target, info, limit, on_progress)
    except BaseException:
        await asyncio.to_thread(target.unlink, missing_ok=True)
        raise


async def _first_heard(
    source: Path, target: Path, info: MediaInfo, limit: float, on_progress: OnProgress
) -> ExtractedAudio:
    """Decode tracks in order until one is not silent; where all are, the first one counts."""
    silent: list[AudioStream] = []
    for stream in info.audio_streams[:TRACKS_TRIED]:
        made = await _decode(source, target, info, stream, limit, on_progress)
        if not made.silent:
            return made
        silent.append(stream)
    if len(silent) == 1:
        return made
    return await _decode(source, target, info, silent[0], limit, on_progress)


async def _decode(
    source: Path, target: Path, info: MediaInfo, stream: AudioStream, limit: float, on_progress: OnProgress
) -> ExtractedAudio:
    expected = min(info.duration_seconds or limit, limit)
    argv = _command((await asyncio.to_thread(programs.ffmpeg)).path, source, info.container, stream, limit)
    timeout = timedelta(seconds=START_SECONDS + SLOWEST * expected)
    limits = Limits(memory_bytes=MEMORY_BYTES, file_bytes=0, cpu_seconds=int(timeout.total_seconds()))
    sound = _Sound(stream)
    try:
        async with started(argv, timeout=timeout, limits=limits, env=programs.environment()) as child:
            seconds = await _write(child, sound, target, limit, expected, on_progress)
            done = await child.finish()
    except OSError as exc:
        raise _disk_error(exc) from exc
    _check(done, seconds)
    return ExtractedAudio(
        duration_seconds=seconds,
        stream=stream,
        silent=sound.mix.peak <= SILENT_PEAK,
        soundings=await asyncio.to_thread(sound.sounder.result),
        warnings=_warnings(done, info, seconds),
    )


class _Sound:
    """What becomes of the samples that ffmpeg prints: mixed, written, sounded."""

    def __init__(self, stream: AudioStream) -> None:
        self.mix = Downmix(stream.channels, stream.layout)
        self.sounder = Sounder()
        self.frame_bytes = stream.channels * wav.SAMPLE_BYTES

    def take(self, interleaved: bytes, writer: wav.Writer) -> None:
        mono = self.mix.mix(interleaved)
        writer.write(mono)
        self.sounder.add(mono)


def _command(ffmpeg: str, source: Path, container: str, stream: AudioStream, limit: float) -> list[str]:
    """Return a command that reads one file of a known kind and can write nowhere but to its own stdout.

    The demuxer is forced to what the inspection found, so that nothing is guessed a second time;
    ``aresample`` fills gaps and puts the first sample where it belongs (``first_pts=0``). What is not wanted is not
    even read (``-vn`` before the input), and ``asetnsamples`` gives ffmpeg's threads less often something to hand on:
    together a third less CPU for the same samples. No larger pieces: what is held is lost where the format changes.
    """
    options = f"-nostdin -hide_banner -v warning -threads 1 -protocol_whitelist file -format_whitelist {WHITELIST}"
    convert = f"aresample={wav.RATE}:async=1:first_pts=0,aformat=sample_fmts=s16,asetnsamples=n={_HANDED_ON}:p=0"
    output = "-map_metadata -1 -max_error_rate 1 -filter_threads 1 -c:a pcm_s16le -f s16le -flush_packets 0"
    return [
        *[ffmpeg, *options.split(), "-vn", "-sn", "-dn", "-f", container, "-i", f"file:{source.absolute()}"],
        *["-map", f"0:{stream.index}", "-af", convert, "-ac", str(stream.channels)],
        *[*output.split(), "-t", f"{limit + 1:.3f}", "pipe:1"],
    ]


async def _write(
    child: Child, sound: _Sound, target: Path, limit: float, expected: float, on_progress: OnProgress
) -> float:
    """Write what the child prints, mixed; return the length in seconds.

    While a thread works on one batch, the child goes on decoding and the loop goes on reading.
    """
    with await asyncio.to_thread(wav.Writer, target) as writer:
        async for batch in _batches(child, sound.frame_bytes):
            await asyncio.to_thread(sound.take, batch, writer)
            if writer.seconds > limit:
                check_length(writer.seconds, limit)
            await on_progress(min(writer.seconds / max(expected, 1e-3), 1.0))
        return writer.seconds


async def _batches(child: Child, frame_bytes: int) -> AsyncIterator[bytes]:
    """Yield whole frames, many at a time; what is left of a frame at the end is dropped."""
    gathered, wanted = bytearray(), BATCH_BYTES // wav.SAMPLE_BYTES * frame_bytes
    async for chunk in child.chunks():
        gathered += chunk
        if len(gathered) >= wanted:
            whole = len(gathered) // frame_bytes * frame_bytes
            yield bytes(gathered[:whole])
            del gathered[:whole]
    yield bytes(gathered[: len(gathered) // frame_bytes * frame_bytes])


def _check(done: Finished, seconds: float) -> None:
    if seconds > 0:
        return  # what could be decoded is there; the exit code says only that not all could
    if done.exit_code < 0:
        raise MediaFailed(f"ffmpeg was ended by signal {-done.exit_code}.", **done.facts)
    raise BadMedia("Nothing of the sound in this file can be decoded.", problem="undecodable", **done.facts)


def _warnings(done: Finished, info: MediaInfo, seconds: float) -> tuple[str, ...]:
    said = [notice.message for notice in info.notices]
    if any(sign in done.stderr_tail for sign in _DAMAGE):
        said.append("Parts of the sound are damaged and were left out; words may be missing there.")
    if done.exit_code != 0:
        said.append(f"Decoding stopped after {seconds:.0f} seconds because the file is damaged there.")
    return tuple(said)


def _disk_error(exc: OSError) -> StageFailed | StorageFull:
    if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageFull("There is no space left for the decoded sound.")
    return MediaFailed(f"The decoded sound cannot be written: {exc.strerror}.")
