"""Find out what an uploaded file is, by its content, in a child process under limits."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from ..errors import BadMedia, StageFailed, TimeLimitReached, TooLarge
from ..process.run import Finished, started
from ..process.spawn import Limits
from ..settings import current
from . import programs, text
from .info import MediaInfo
from .inspect_report import Problem, Report

LIMITS = Limits(memory_bytes=2 * 1024**3, file_bytes=0, cpu_seconds=20)
TIMEOUT = timedelta(seconds=30)
_REPORT_BYTES = 256 * 1024
_MEDIA_NAMES = frozenset(
    {".3gp", ".aac", ".aif", ".aiff", ".amr", ".avi", ".caf", ".flac", ".flv", ".m4a", ".m4v", ".mka", ".mkv"}
    | {".mov", ".mp2", ".mp3", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".oga", ".ogg", ".ogv", ".opus", ".ts"}
    | {".wav", ".weba", ".webm", ".wma", ".wmv"}
)

_CONVERT = BadMedia.hint
_PROBLEMS: dict[Problem, tuple[str, str]] = {
    "not_media": (
        "This file is no audio or video, or of a kind that cannot be read here.",
        _CONVERT,
    ),
    "cut_off": (
        "This file begins like a video but its index is missing or damaged, so it cannot be played.",
        "The recording or the copy was probably interrupted: copy the original again, or repair it where it was made.",
    ),
    "no_streams": ("There is neither sound nor a moving picture in this file.", _CONVERT),
    "broken": (
        "The sound in this file cannot be decoded; it is damaged, cut off or empty.",
        "Copy the file again from where it was recorded. " + _CONVERT,
    ),
    "encrypted": (
        "This file is protected (DRM) and cannot be decoded.",
        "Export it without copy protection from the program it belongs to, and upload that.",
    ),
    "absurd_sound": (
        "The sound in this file claims a sample rate or a number of channels that no recording has.",
        _CONVERT,
    ),
    "absurd_times": ("The times in this file are absurd: a short sound claims to last for hours.", _CONVERT),
    "absurd_picture": (
        "The picture in this file is larger than 8192 by 8192 pixels.",
        "Scale the video down, or upload its sound only.",
    ),
    "crashed": ("This file is damaged in a way that makes decoders fail.", _CONVERT),
}
_TEXTS: dict[text.TextKind, tuple[str, str]] = {
    "playlist": (
        "This is a playlist: it names other files or addresses instead of holding a recording.",
        "Upload the recording itself.",
    ),
    "subtitles": ("This is a subtitle file, not a recording.", "Upload the audio or video that it belongs to."),
    "web_page": ("This is a web page or drawing, not a recording.", "Download the recording itself and upload that."),
    "data": ("This is a data file, not a recording.", "Upload the audio or video itself."),
    "script": ("This is a script, not a recording.", "Upload the audio or video itself."),
    "pointer": (
        "This is a Git LFS pointer, not the recording it stands for.",
        "Fetch the real file with 'git lfs pull' and upload that.",
    ),
    "plain": (
        "This is plain text under the name of a recording.",
        "Upload the audio or video itself; a text needs a name that ends in .txt.",
    ),
}


async def inspect(path: Path, *, name: str = "", max_seconds: float | None = None) -> MediaInfo:
    """Say what the file is; nothing but the file itself is read, whatever it refers to.

    ``name`` is what the uploader called it: it decides nothing, except that text which is called like a
    recording ("talk.mp3") is refused. ``max_seconds`` defaults to the setting. A video without sound is
    returned with ``has_audio`` False, the caller decides.

    Raises:
        BadMedia: empty, no media, a playlist, damaged, encrypted, or of absurd measures.
        TooLarge: longer than ``max_seconds``.
    """
    path, size = await asyncio.to_thread(_locate, path)
    if size == 0:
        raise BadMedia("This file is empty.", hint="Check the file on your disk, then upload it again.")
    kind = await asyncio.to_thread(text.kind_of, path)
    if kind is not None:
        return _text(kind, name)
    info = _accept(await _report(path))
    check_length(info.duration_seconds or 0.0, max_seconds)
    return info


def check_length(seconds: float, max_seconds: float | None = None) -> None:
    """Refuse what is longer than ``max_seconds`` (the setting where None).

    Raises:
        TooLarge: it is longer.
    """
    limit = current().max_media_seconds if max_seconds is None else max_seconds
    if seconds > limit:
        raise TooLarge(
            f"This recording is {seconds / 3600:.1f} hours long; the limit is {limit / 3600:.1f} hours.",
            hint="Cut it into shorter parts and upload each.",
            seconds=round(seconds, 3),
            limit_seconds=limit,
        )


async def known(path: Path, *, max_seconds: float | None = None) -> MediaInfo:
    """Return what ``inspect`` says, without looking again into a file that this process has seen before.

    For the clips of one recording, each of which is a stage of its own: a look takes 0.2 s of CPU. A file is the same
    if path, inode, size and time of change are.

    Raises: as ``inspect``.
    """
    mark = await asyncio.to_thread(_mark, path)
    info = _seen.get(mark)
    if info is None:
        info = await inspect(path, max_seconds=max_seconds)
        if len(_seen) >= _MOST_SEEN:
            del _seen[next(iter(_seen))]
        _seen[mark] = info
    check_length(info.duration_seconds or 0.0, max_seconds)
    return info


_Mark = tuple[Path, int, int, int, int]
_MOST_SEEN = 64
_seen: dict[_Mark, MediaInfo] = {}


def _mark(path: Path) -> _Mark:
    path = path.resolve()
    stat = path.stat()
    return path, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def _locate(path: Path) -> tuple[Path, int]:
    path = path.resolve()
    return path, path.stat().st_size


def _text(kind: text.TextKind, name: str) -> MediaInfo:
    if kind != "plain" or Path(name).suffix.lower() in _MEDIA_NAMES:
        message, hint = _TEXTS[kind]
        raise BadMedia(message, hint=hint)
    return MediaInfo(kind="text", container="text", content_type="text/plain")


def _accept(report: Report) -> MediaInfo:
    if report.info is None:
        message, hint = _PROBLEMS[report.problem or "crashed"]
        raise BadMedia(message, hint=hint, problem=report.problem)
    return report.info


async def _report(path: Path) -> Report:
    """Run the child; a child that dies or never ends says something about the file, too."""
    argv = [sys.executable, "-I", "-m", "reelscribe.platform.media.inspect_child", str(path)]
    env = programs.environment()
    try:
        async with started(argv, timeout=TIMEOUT, limits=LIMITS, output_bytes=_REPORT_BYTES, env=env) as child:
            output = b"".join([chunk async for chunk in child.chunks()])
            done = await child.finish()
    except TimeLimitReached:
        return Report(problem="crashed")
    return _decode(output, done)


def _decode(output: bytes, done: Finished) -> Report:
    if done.exit_code < 0 or (done.exit_code and "MemoryError" in done.stderr_tail):
        return Report(problem="crashed")
    try:
        return msgspec.json.decode(output, type=Report)
    except msgspec.DecodeError as exc:
        raise StageFailed("The program that looks into files failed.", **done.facts) from exc
