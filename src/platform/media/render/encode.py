"""The picture of a clip: each frame of its grid decoded, framed, subtitled and encoded."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from ...domain import framing_choice
from ...domain.clips import Aspect
from ...domain.frames import Grid
from ...domain.framing import Pane
from ...domain.rendering import RenderOrder
from ...errors import BadMedia, MediaFailed
from ..audio import OnProgress
from ..info import MediaInfo, VideoStream
from . import encode_captions, encode_colour, encode_filters, x264
from .encode_child import drawn, reading, start, writing
from .encode_colour import Pixels
from .encode_parts import Part, cuts, kept, parts
from .panes import Look, framed
from .x264 import Encoder

# Containers whose index leads to the last key frame before a moment. In the others a jump ends somewhere near, perhaps
# between two key frames, where nothing can be decoded before the next one.
_INDEXED: Final = ("mov", "matroska")
_RUN_UP_SECONDS: Final = 12.0
_MOST_PIXELS: Final = 4096 * 2304  # H.264, level 5.1

# The first frame that is decoded, which may be older than the origin or younger, is on at it in any case. One frame
# earlier still, so that there is something even where it is the only one and has no length; no more than a minute, or a
# damaged time would be filled with frames for hours.
_ON_FROM_THE_START: Final = "if(N,PTS,clip(PTS,-6e7,0)-5e4)"


class _Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What all parts of one clip share."""

    source: Path
    info: MediaInfo
    video: VideoStream
    rate: tuple[int, int]
    look: Look
    pixels: Pixels
    burned: str
    encoder: Encoder
    folder: Path


async def picture(
    source: Path,
    info: MediaInfo,
    order: RenderOrder,
    grid: Grid,
    target: Path,
    *,
    folder: Path,
    on_progress: OnProgress,
) -> tuple[int, int]:
    """Write the picture of the spans of ``grid`` to ``target``, an MP4 without sound; return its width and height.

    It has exactly the frames of the grid, at its constant rate: each is the frame of the recording whose time is
    nearest before the middle of it, so picture and sound are never further apart than half a frame. Where the recording
    has none (dropped frames, a picture that starts late or ends early), the one before stands, or the first.

    Steps: 1. choose the size and what is shown when; 2. make each part that runs through the recording without long
    gaps with one decoder, at a time; 3. join the parts, if there are several, without encoding again. What a hardware
    encoder cannot do is done again by x264. Memory does not grow with the recording or the number of spans.

    Raises:
        BadMedia: nothing of the picture in the spans can be decoded.
        MediaFailed: ffmpeg failed.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
        Misconfigured: this ffmpeg cannot draw subtitles.
    """
    video = info.video
    if video is None:
        raise BadMedia("There is no picture in this file.")
    size = playable(order.aspect, video.display_size)
    encoder = await asyncio.to_thread(x264.best)
    for chosen in dict.fromkeys((encoder, x264.SOFTWARE)):
        try:
            await _made(source, info, video, order, grid, target, size, chosen, folder, on_progress)
        except (BadMedia, MediaFailed):
            if chosen == x264.SOFTWARE:
                raise
        else:
            break
    return size


def playable(aspect: Aspect, shown: tuple[int, int]) -> tuple[int, int]:
    """Return the clip's size, or one of the same shape that players can decode: no more pixels than 4K has.

    ``shown``: width and height of the recording as people see it.
    """
    width, height = framing_choice.target_size(aspect, shown)
    factor = min(math.sqrt(_MOST_PIXELS / (width * height)), 1.0)
    return max(int(width * factor) // 2 * 2, 2), max(int(height * factor) // 2 * 2, 2)


async def _made(
    source: Path,
    info: MediaInfo,
    video: VideoStream,
    order: RenderOrder,
    grid: Grid,
    target: Path,
    size: tuple[int, int],
    encoder: Encoder,
    folder: Path,
    on_progress: OnProgress,
) -> None:
    pixels = await encode_colour.look(source, info, video)
    filters = await asyncio.to_thread(encode_filters.names)
    shared = _Picture(
        source=source,
        info=info,
        video=video,
        rate=grid.rate,
        look=Look(size=size, scaling=encode_colour.scaling(pixels), after=encode_colour.after(pixels, filters)),
        pixels=pixels,
        burned=await asyncio.to_thread(encode_captions.burning, order, size, folder) if order.burned else "",
        encoder=encoder,
        folder=folder,
    )
    shots = framing_choice.shots(
        order.scenes, grid.spans, source_size=video.display_size, target_size=size, layout=order.layout
    )
    made = parts(grid, shots)
    files = [target] if len(made) == 1 else [folder / f"part{number}.mp4" for number in range(len(made))]
    for part, file in zip(made, files, strict=True):
        await _part(shared, part, file, grid.total, on_progress)
    if len(made) > 1:
        await _joined(files, made, target, grid, folder)


async def _part(shared: _Picture, part: Part, file: Path, total: int, on_progress: OnProgress) -> None:
    """Write the frames of one part; once more from the recording's start where a jump led to nothing."""

    async def note(frames: int) -> None:
        await on_progress(min((part.before + frames) / total, 1.0))

    run_up = 0 if shared.info.container in _INDEXED else math.ceil(_RUN_UP_SECONDS * shared.rate[0] / shared.rate[1])
    for origin in dict.fromkeys((max(part.first - run_up, 0), 0)):
        argv = [*await start(), *_command(shared, part, origin, file)]
        written = await drawn(
            argv,
            doing="encoding the picture",
            frames=part.frames,
            folder=shared.folder,
            on_frames=note,
            extra_seconds=shared.info.duration_seconds or 0.0,
            memory_bytes=shared.encoder.memory_bytes,
        )
        if written == part.frames:
            return
    if written == 0:
        raise BadMedia("Nothing of the picture can be decoded in this clip.", problem="undecodable")
    raise MediaFailed(f"ffmpeg made {written} frames instead of {part.frames}.")


def _command(shared: _Picture, part: Part, origin: int, file: Path) -> list[str]:
    """Return the arguments that make one part, decoding from the key frame before ``origin``.

    Without "noaccurate_seek" the frame that is on at the part's first moment would be thrown away where it began
    before it. The filters are made anew where a picture changes its size, and would count from 0 again; "reinit_filter"
    stops that, but only the scaler, which is first where nothing is turned, can take such frames.
    """
    options = [
        "-noaccurate_seek",
        *f"-ss {origin * shared.rate[1] / shared.rate[0]:.6f} -threads 2 -max_error_rate 1".split(),
    ]
    if not shared.video.rotation:
        options += ["-reinit_filter", "0"]
    return [
        *shared.encoder.before.split(),
        *reading(shared.source, shared.info.container, *options),
        *["-filter_complex", _graph(shared, part, origin), "-filter_complex_threads", "2", "-map", "[out]"],
        *["-an", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-frames:v", str(part.frames)],
        *[*shared.encoder.arguments(shared.rate), *x264.container(shared.rate), *writing(file)],
    ]


def _graph(shared: _Picture, part: Part, origin: int) -> str:
    """Return the filters of one part: choose its frames, then frame each, then draw the subtitles."""
    numerator, denominator = shared.rate
    width, height = shared.video.display_size
    shown = cuts(part)
    inputs = [f"s{number}" for number in range(len(shown))]
    chosen = [
        f"scale={width}:{height},setsar=1",
        *(["bwdif=mode=send_frame:deint=interlaced"] if shared.pixels.interlaced else []),
        f"settb=AVTB,setpts='{_ON_FROM_THE_START}',fps={numerator}/{denominator}:round=near",
        f"tpad=stop=-1:stop_mode=clone,trim=end_pts={part.end - origin},select='{kept(part, origin)}',setpts=N",
        f"split={len(inputs)}" + "".join(f"[{name}]" for name in inputs),
    ]
    finished = [
        f"settb={denominator}/{numerator},setpts=N+{part.before}",
        *filter(None, [shared.burned]),
        f"setpts=N,{encode_colour.tags(shared.pixels, height)}",
        *filter(None, [shared.encoder.filters]),
    ]
    joined = "".join(f"[{name}to]" for name in inputs) + f"concat=n={len(inputs)},"
    return ";".join(
        [
            f"[0:{shared.video.index}]" + ",".join(chosen),
            *_stretches(shared, shown, inputs),
            joined + ",".join(finished) + "[out]",
        ]
    )


def _stretches(shared: _Picture, shown: Sequence[tuple[int, tuple[Pane, ...]]], inputs: Sequence[str]) -> list[str]:
    chains: list[str] = []
    first = 0
    for (frames, panes), name in zip(shown, inputs, strict=True):
        chains.append(f"[{name}]trim=start_frame={first}:end_frame={first + frames},setpts=PTS-STARTPTS[{name}t]")
        chains.append(framed(panes, shared.look, source=shared.video.display_size, name=f"{name}t"))
        first += frames
    return chains


async def _joined(files: Sequence[Path], made: Sequence[Part], target: Path, grid: Grid, folder: Path) -> None:
    """Write the parts one after the other and remove them."""
    names = folder / "parts.txt"
    await asyncio.to_thread(names.write_text, _listed(files, made, grid), encoding="utf-8")
    argv = [*await start(), *reading(names, "concat"), "-map", "0:v", "-c", "copy", *x264.container(grid.rate)]

    async def ignore(frames: int) -> None:
        """The encoder's progress is all there is to tell."""

    await drawn(
        [*argv, *writing(target)],
        doing="joining the parts of the picture",
        frames=grid.total,
        folder=folder,
        on_frames=ignore,
    )
    for file in files:
        await asyncio.to_thread(file.unlink)


def _listed(files: Sequence[Path], made: Sequence[Part], grid: Grid) -> str:
    """Return the parts with their lengths: an MP4 says its own in milliseconds only."""
    lengths = [part.frames * grid.rate[1] / grid.rate[0] for part in made]
    return "".join(f"file {file.name}\nduration {length:.6f}\n" for file, length in zip(files, lengths, strict=True))
