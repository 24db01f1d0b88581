"""Put picture, sound, subtitles and chapters of a clip into one MP4."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from ...domain.clips import Chapter
from ...domain.exports import srt
from ...domain.rendering import RenderOrder
from ...process.run import run
from ...process.spawn import Limits
from .. import programs
from ..audio import MEMORY_BYTES
from . import mp4
from .failures import check
from .mux_languages import three_letters

# Nobody tells this from the original for speech, and music stays good. The thorough search ("twoloop") of ffmpeg's
# encoder takes almost twice as long for what is no better at this rate.
BITRATES: Final = {1: "128k", 2: "160k"}
_START_SECONDS: Final = 60.0
_SLOWEST: Final = 1.0  # times the clip's length
_SOUND_BYTES: Final = 24_000  # a second
_SPARE_BYTES: Final = 16 * 1024**2
_READING: Final = "-nostdin -hide_banner -v warning -protocol_whitelist file -format_whitelist mov,wav,srt,ffmetadata"
_SUBTITLES: Final = frozenset({"sbtl", "text", "subt"})
_SPECIAL: Final = re.compile(r"([=;#\\\n])")


async def encode_sound(sound: Path, channels: int, seconds: float, target: Path) -> None:
    """Encode a WAV file of ours to AAC in an MP4 of its own.

    Raises:
        MediaFailed: ffmpeg failed.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
    """
    arguments = ["-f", "wav", "-i", f"file:{sound}", "-map", "0:a:0"]
    encode = f"-c:a aac -aac_coder fast -b:a {BITRATES[channels]} -map_metadata -1 -fflags +bitexact -flags:a +bitexact"
    room = int(seconds * _SOUND_BYTES) + _SPARE_BYTES
    await _ffmpeg([*arguments, *encode.split()], target, seconds, room, "encoding the sound")


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """What a clip is made of: the picture, the encoded sound if there is any, and how long both are.

    Both may be the same file: one track of each is taken.
    """

    picture: Path
    sound: Path | None
    seconds: float


async def mux(material: Material, order: RenderOrder, target: Path, *, folder: Path) -> None:
    """Write the clip to ``target``: nothing is encoded, and the index is in front.

    Of metadata it has the title, the chapters and the language of the subtitles, which can be switched on, and are
    unless they are burned in. Nothing of the recording's own (where a phone was, what it is called) gets into it.

    Raises:
        MediaFailed: ffmpeg failed.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
    """
    texts = await asyncio.to_thread(_texts, order, material.seconds, folder)
    files = [("mov", material.picture), *([("mov", material.sound)] if material.sound else []), *texts]
    inputs = [part for kind, path in files for part in ("-f", kind, "-i", f"file:{path}")]
    kinds = ["v", *("a" if material.sound else ""), *("s" if len(texts) > 1 else "")]
    streams = [part for number, kind in enumerate(kinds) for part in ("-map", f"{number}:{kind}:0")]
    kept = f"-c copy -c:s mov_text -map_metadata {len(files) - 1} -map_metadata:s -1 -map_chapters {len(files) - 1}"
    language = f"-metadata:s:s:0 language={three_letters(order.transcript.language)}"
    fixed = "-fflags +bitexact -movflags +faststart -max_interleave_delta 0"
    room = await asyncio.to_thread(lambda: sum(path.stat().st_size for _, path in files) + _SPARE_BYTES)
    argv = [*inputs, *streams, *kept.split(), *(language.split() if len(texts) > 1 else ()), *fixed.split()]
    await _ffmpeg(argv, target, material.seconds, room, "joining picture and sound")
    if order.burned and len(texts) > 1:
        await asyncio.to_thread(mp4.switch_off, target, _SUBTITLES)


def _texts(order: RenderOrder, seconds: float, folder: Path) -> list[tuple[str, Path]]:
    """Write subtitles, where there are any, and what is said about the clip."""
    made = []
    if subtitles := srt.render(order.transcript, order.title):
        made.append(("srt", folder / "subtitles.srt"))
        made[-1][1].write_bytes(subtitles)
    made.append(("ffmetadata", folder / "about.txt"))
    made[-1][1].write_text(about(order.title, order.chapters, seconds), encoding="utf-8")
    return made


def about(title: str, chapters: Sequence[Chapter], seconds: float) -> str:
    """Return title and chapters in ffmpeg's own format; the last chapter ends with the clip.

    >>> about("a=b", [], 1.0)
    ';FFMETADATA1\\ntitle=a\\\\=b\\n'
    """
    lines = [";FFMETADATA1", f"title={_escaped(title)}"]
    starts = [chapter for chapter in sorted(chapters, key=lambda one: one.start) if 0 <= chapter.start < seconds]
    edges = [*(chapter.start for chapter in starts), seconds]
    for chapter, (start, end) in zip(starts, pairwise(edges), strict=True):
        times = f"TIMEBASE=1/1000\nSTART={round(start * 1000)}\nEND={round(end * 1000)}"
        lines += ["[CHAPTER]", times, f"title={_escaped(chapter.title)}"]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    # ffmpeg takes the end of a line for escaped after any backslash, also one that is escaped itself.
    return _SPECIAL.sub(r"\\\1", text) + (" " if text.endswith("\\") else "")


async def _ffmpeg(arguments: Sequence[str], target: Path, seconds: float, room: int, doing: str) -> None:
    path = (await asyncio.to_thread(programs.ffmpeg)).path
    timeout = timedelta(seconds=_START_SECONDS + _SLOWEST * seconds)
    done = await run(
        [path, *_READING.split(), *arguments, "-f", "mp4", "-y", f"file:{target}"],
        timeout=timeout,
        limits=Limits(memory_bytes=MEMORY_BYTES, file_bytes=room, cpu_seconds=int(timeout.total_seconds())),
        output_bytes=0,
        env=programs.environment(),
    )
    check(done, doing)
