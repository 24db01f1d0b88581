"""One attempt to mend a damaged recording, by ffmpeg under the same limits as everything that reads uploads.

1. Remux: copy sound and picture into a new file, past what the demuxer cannot read, with new times.
2. Where that did not help: decode what can be decoded of the sound, and write that.

What comes out is looked into like an upload, so nothing gets in by the repair that the inspection refuses;
and only what the inspection called damaged is repaired, never a text, playlist, encrypted or absurd file.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec

from ..errors import BadMedia, MediaFailed, ReelscribeError, StageFailed, StorageFull, TimeLimitReached, TooLarge
from ..process.run import run
from ..process.spawn import Limits
from . import audio, probe, programs
from .containers import WHITELIST
from .info import MediaInfo

# The inspection's words for damage; the last one is the decoder's.
_DAMAGED = frozenset({"cut_off", "broken", "crashed", "undecodable"})
_CRASHES = frozenset({-4, -6, -7, -8, -11})  # SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV
_MOST_BYTES_PER_SECOND = 200_000  # lossless stereo at 48 kHz is about half of it
_SPARE_BYTES = 64 * 1024**2

_REMUX = "-map 0:a -map 0:v:0? -c copy"
# Gaps are filled, so that the rest keeps its time.
_REENCODE = "-map 0:a:0 -vn -af aresample=async=1:first_pts=0 -max_error_rate 1 -c:a flac"


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """A file that can be used in place of the damaged one, and what the inspection says of it."""

    path: Path
    info: MediaInfo


def may_help(exc: ReelscribeError) -> bool:
    """Whether the error means damage, rather than a file that is none of ours, or a machine in trouble."""
    if isinstance(exc, MediaFailed):
        return exc.facts.get("exit_code") in _CRASHES
    return isinstance(exc, BadMedia) and exc.facts.get("problem") in _DAMAGED


def in_vain(exc: ReelscribeError) -> BadMedia:
    """Return the final error for a file that could not be repaired either."""
    facts = {"problem": exc.facts.get("problem"), **exc.facts}
    return BadMedia(
        f"{exc.message} It was tried to repair it, without success.", hint=exc.hint or BadMedia.hint, **facts
    )


def time_limit(seconds: float) -> timedelta:
    """Return how long each of the two steps may take for a recording of that length."""
    return timedelta(seconds=audio.START_SECONDS + audio.SLOWEST * seconds)


async def mend(source: Path, folder: Path, *, timeout: timedelta, max_seconds: float) -> Mended | None:
    """Repair ``source`` into ``folder``; None where neither step gave a file with sound.

    Raises:
        StorageFull: no space for the result.
    """
    room = 2 * await asyncio.to_thread(_size, source) + _SPARE_BYTES
    for options, most_bytes in ((_REMUX, room), (_REENCODE, int(max_seconds * _MOST_BYTES_PER_SECOND))):
        target = folder / "mended.mka"
        if await _write(source, target, options, timeout, most_bytes):
            info = await _looked_into(target, max_seconds)
            if info is not None:
                return Mended(path=target, info=info)
        await asyncio.to_thread(target.unlink, missing_ok=True)
    return None


async def _write(source: Path, target: Path, options: str, timeout: timedelta, most_bytes: int) -> bool:
    limits = Limits(
        memory_bytes=audio.MEMORY_BYTES, file_bytes=most_bytes, cpu_seconds=int(timeout.total_seconds()) + 1
    )
    argv = _command((await asyncio.to_thread(programs.ffmpeg)).path, source, target, options)
    try:
        done = await run(argv, timeout=timeout, limits=limits, output_bytes=0, env=programs.environment())
    except TimeLimitReached:
        return False
    if "No space left on device" in done.stderr_tail:
        raise StorageFull("There is no space left for the repair of this file.")
    return await asyncio.to_thread(_size, target) > 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _command(ffmpeg: str, source: Path, target: Path, options: str) -> list[str]:
    """Return a command that reads one file by a demuxer of the allow-list, and writes one."""
    before = f"-nostdin -hide_banner -v warning -threads 1 -protocol_whitelist file -format_whitelist {WHITELIST}"
    lenient = "-err_detect ignore_err -fflags +genpts+discardcorrupt"
    return [
        *[ffmpeg, *before.split(), *lenient.split(), "-i", f"file:{source.absolute()}"],
        *[*options.split(), "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"],
        *["-f", "matroska", "-y", f"file:{target.absolute()}"],
    ]


async def _looked_into(path: Path, max_seconds: float) -> MediaInfo | None:
    try:
        info = await probe.inspect(path, max_seconds=max_seconds)
    except (BadMedia, TooLarge, StageFailed):
        return None
    return info if info.has_audio else None
