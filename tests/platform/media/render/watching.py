"""Recordings with a known moment in every second, orders for clips of them, and what a viewer of a clip perceives."""

from __future__ import annotations

import asyncio
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from reelscribe.platform.domain.clips import Chapter
from reelscribe.platform.domain.rendering import RenderOrder
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import EngineName, Segment, Transcript, Word
from reelscribe.platform.media import probe
from reelscribe.platform.media.info import MediaInfo
from reelscribe.platform.media.render import render
from reelscribe.platform.media.render.render import Rendered

from ..conftest import Make, ignore

NOTHING_SAID = Transcript(version=1, language=None, duration=0, engine=EngineName(name="none", model=""))


def said(*words: tuple[float, str], language: str = "en") -> Transcript:
    """A transcript of one segment, each word 0.4 seconds long."""
    spoken = tuple(Word(start=start, end=start + 0.4, text=text) for start, text in words)
    text = " ".join(word.text for word in spoken)
    segment = Segment(id="s1", start=spoken[0].start, end=spoken[-1].end, text=text, words=spoken)
    engine = EngineName(name="none", model="")
    return Transcript(version=1, language=language, duration=segment.end, engine=engine, segments=(segment,))


def order(
    *spans: Span, burned: bool = False, transcript: Transcript = NOTHING_SAID, chapters: tuple[Chapter, ...] = ()
) -> RenderOrder:
    """An order of a clip that may be copied unless ``burned``."""
    return RenderOrder(title="A clip", spans=spans, transcript=transcript, burned=burned, chapters=chapters)


async def rendered(source: Path, wanted: RenderOrder, folder: Path) -> Rendered:
    """Inspect and render, as the stage does."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    info: MediaInfo = await probe.inspect(source, max_seconds=36_000)
    return await render.render(source, info, wanted, folder, on_progress=ignore)


def flashing(make: Make, *, seconds: int, variable: bool) -> Path:
    """A white flash and a beep at the start of every second; ``variable`` drops frames between them."""
    picture = f"color=black:size=320x180:rate=30:duration={seconds},format=yuv420p"
    flash = "drawbox=width=iw:height=ih:color=white:thickness=fill:enable='lt(mod(t,1),0.06)'"
    dropped = ",select='lt(mod(n,30),3)+not(between(mod(n,7),3,4))'" if variable else ""
    beep = f"aevalsrc='0.3*sin(2*PI*1000*t)*lt(mod(t,1),0.06)':s=44100:d={seconds}"
    return make(
        "flashing.mp4",
        *["-f", "lavfi", "-i", f"{picture},{flash}{dropped}", "-f", "lavfi", "-i", beep, "-fps_mode", "vfr"],
        *["-c:v", "libx264", "-preset", "veryfast", "-g", "12", "-bf", "2", "-c:a", "aac"],
    )


def pictures(path: Path) -> tuple[NDArray[np.float64], list[NDArray[np.uint8]]]:
    """When each picture is shown, in seconds, and its brightness, every fourth pixel."""
    with av.open(str(path)) as container:
        frames = [(frame.time, frame.to_ndarray(format="gray")[::4, ::4]) for frame in container.decode(video=0)]
    return np.array([time for time, _ in frames]), [frame for _, frame in frames]


def sound(path: Path) -> NDArray[np.float32]:
    """The first channel at 48 kHz, from the start of the file as a player plays it."""
    with av.open(str(path)) as container:
        parts = [
            frame.to_ndarray()[0][max(-round((frame.time or 0.0) * 48_000), 0) :] for frame in container.decode(audio=0)
        ]
    return np.concatenate(parts).astype(np.float32)


def flashes(path: Path) -> NDArray[np.float64]:
    """When the picture becomes bright."""
    times, frames = pictures(path)
    bright = np.array([frame.mean() > 128 for frame in frames])
    return times[np.flatnonzero(np.diff(bright.astype(int), prepend=0) == 1)]


def beeps(path: Path) -> NDArray[np.float64]:
    """When a beep begins: loud after a tenth of a second of quiet."""
    loud = np.abs(sound(path)) > 0.02
    places = np.flatnonzero(loud)
    begins = places[np.diff(places, prepend=-48_000) > 4_800]
    return begins / 48_000


def counted(path: Path) -> list[int]:
    """What the frame counter of the sample lectures shows in each picture: tenths of a second of the recording."""
    with av.open(str(path)) as container:
        rows = [frame.to_ndarray(format="gray")[-8, :640] for frame in container.decode(video=0)]
    bits = [[row[16 + 32 * place] > 128 for place in range(20)] for row in rows]
    return [sum(bit << (15 - place) for place, bit in enumerate(each[2:18])) for each in bits]
