"""The picture of a clip whose recording has none: a title, the voice as moving bars, and subtitles."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ...domain import ass_styles, ass_text, framing_choice, scripts
from ...domain.ass_text import Ink
from ...domain.frames import Grid
from ...domain.rendering import RenderOrder
from ...domain.subtitle_tokens import Token
from ...errors import MediaFailed
from .. import fonts
from ..audio import OnProgress
from ..fonts import Hand
from . import audiogram_bars, encode_captions, x264
from .audiogram_bars import BARS, LEVELS
from .encode_child import drawn, start, writing
from .x264 import Encoder

USUAL_SIZE: Final = (1280, 720)
# The colours of the pages when they are dark (app.css: ground, accent-soft, accent, text).
_GROUND, _SOFT, _ACCENT, _TEXT = "0x11161c", "0x1d3446", "0x7cbbe6", "E5EBF1"
_LIT: Final = 0.6  # of a bar's cell; the rest is the gap
_BARS_FILE, _TITLE_FILE = "bars.gray", "title.ass"
_LONG_TITLE_LINES: Final = 2.6
# A glow behind the bars, drawn once; the noise hides the steps between its few dark shades.
_GLOW: Final = "exp(-pow((X-W/2)/(0.46*W),2)-pow((Y-0.44*H)/(0.36*H),2))*{gain}+{base}+random(1)"


async def picture(
    sound: Path, order: RenderOrder, grid: Grid, target: Path, *, folder: Path, on_progress: OnProgress
) -> tuple[int, int]:
    """Write a picture for ``sound``, the clip's own 16-bit WAV, to ``target``; return its width and height.

    An MP4 without sound that has exactly the frames of the grid. "source" is 1280 by 720.

    Raises:
        MediaFailed: ffmpeg failed.
        TimeLimitReached: ffmpeg took absurdly long.
        StorageFull: no space for the result.
        Misconfigured: this ffmpeg cannot draw text.
    """
    size = size_of(order)
    bars = folder / _BARS_FILE
    await asyncio.to_thread(audiogram_bars.write, sound, bars, rate=grid.rate, frames=grid.total)
    texts = await asyncio.to_thread(_texts, order, size, folder)
    encoder = await asyncio.to_thread(x264.best)
    for chosen in dict.fromkeys((encoder, x264.SOFTWARE)):
        try:
            await _made(grid, target, size, texts, chosen, folder, on_progress)
        except MediaFailed:
            if chosen == x264.SOFTWARE:
                raise
        else:
            break
    await asyncio.to_thread(bars.unlink)
    return size


def size_of(order: RenderOrder) -> tuple[int, int]:
    """Return width and height of the picture."""
    return framing_choice.target_size(order.aspect, USUAL_SIZE)


def headline(order: RenderOrder, size: tuple[int, int]) -> tuple[str, Hand]:
    """Return the ASS script of the title, and what draws it."""
    hand = fonts.at_hand(order.title, language=order.transcript.language)
    return title(order.title, size, hand), hand


async def _made(
    grid: Grid,
    target: Path,
    size: tuple[int, int],
    texts: Sequence[str],
    encoder: Encoder,
    folder: Path,
    on_progress: OnProgress,
) -> None:
    async def note(frames: int) -> None:
        await on_progress(min(frames / grid.total, 1.0))

    begin = await start()
    pixels = f"-f rawvideo -pixel_format gray -video_size {BARS}x{LEVELS} -framerate {grid.rate[0]}/{grid.rate[1]}"
    argv = [
        *[*begin[: begin.index("-format_whitelist")], *encoder.before.split()],
        *[*pixels.split(), "-i", f"file:{_BARS_FILE}"],
        *["-filter_complex", graph(grid, size, [*texts, *filter(None, [encoder.filters])]), "-map", "[out]"],
        *["-frames:v", str(grid.total), *encoder.arguments(grid.rate), *x264.container(grid.rate), *writing(target)],
    ]
    written = await drawn(
        argv,
        doing="drawing the audiogram",
        frames=grid.total,
        folder=folder,
        on_frames=note,
        memory_bytes=encoder.memory_bytes,
    )
    if written != grid.total:
        raise MediaFailed(f"ffmpeg drew {written} frames instead of {grid.total}.")


def graph(grid: Grid, size: tuple[int, int], last: Sequence[str]) -> str:
    """Return the filters from the bars to ``[out]``; ``last`` are what draws texts, and the encoder's."""
    (width, height), rate = size, f"{grid.rate[0]}/{grid.rate[1]}"
    cell = max(int(min(width * 0.8, height * 1.25) / BARS) // 2 * 2, 2)
    wide, high = cell * BARS, int(min(height * 0.3, width * 0.45)) // 2 * 2
    gap, line = max(round(cell * (1 - _LIT)), 1), max(height // 160, 2) // 2 * 2
    red, green, blue = (_GLOW.format(gain=gain, base=base) for base, gain in ((17, 13), (22, 24), (28, 36)))
    back = (
        f"color=c={_GROUND}:s={width}x{height}:r={rate},trim=end_frame=1,format=gbrp,"
        f"geq=r='{red}':g='{green}':b='{blue}',scale=out_color_matrix=bt709,format=yuv420p,"
        f"drawbox=x=0:y=ih-{line}:w=iw:h={line}:c={_SOFT}:t=fill,"
        f"loop=loop=-1:size=1,settb={grid.rate[1]}/{grid.rate[0]},setpts=N[back]"
    )
    mask = (
        f"[0:v]scale={wide}:{LEVELS}:flags=neighbor,scale={wide}:{high}:flags=bicubic,format=gray,"
        f"format=yuv420p,drawgrid=x=0:y=-1:w={cell}:h={high * 2}:t={gap}:c=black,format=gray[mask]"
    )
    return ";".join(
        [
            back,
            mask,
            f"color=c={_ACCENT}:s={wide}x{high}:r={rate},format=yuva420p[ink]",
            "[ink][mask]alphamerge[bars]",
            f"[back][bars]overlay=x=(W-w)/2:y={int(height * 0.44 - high / 2)}:shortest=1[shown]",
            f"color=c={_ACCENT}:s={width}x{line}:r={rate}[bar]",
            f"[shown][bar]overlay=x='-W+W*(n+1)/{grid.total}':y=H-{line}:shortest=1[lined]",
            "[lined]" + ",".join(["format=yuv420p", *last, _TAGS]) + "[out]",
        ]
    )


_TAGS: Final = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"


def _texts(order: RenderOrder, size: tuple[int, int], folder: Path) -> list[str]:
    """Return the filters that draw the title and, where wanted, the subtitles."""
    script, hand = headline(order, size)
    made = [encode_captions.drawing(script, _TITLE_FILE, hand, folder)]
    if order.burned:
        made.append(encode_captions.burning(order, size, folder))
    return [text for text in made if text]


def title(text: str, size: tuple[int, int], hand: Hand) -> str:
    """Return an ASS script that shows the title above the bars all the time, in as many lines as it takes."""
    width, height = size
    room, em = width * 0.84, min(height * 0.062, width * 0.062)
    lines = ass_text.ems(text) * em * 0.85 / room
    if lines > _LONG_TITLE_LINES:
        em *= max((_LONG_TITLE_LINES / lines) ** 0.5, 0.5)
    font = round(em * ass_styles.LINE_EM)
    ink = Ink(
        font=ass_styles.main_font("bold"),
        size=font,
        families=hand.families,
        han=scripts.han_of(text, None),
        colour="",
        highlight=None,
        left_out=frozenset(hand.missing),
    )
    words = [Token(word, 0.0, 0.0, True) for word in text.split()]
    colour = f"&H00{_TEXT[4:]}{_TEXT[2:4]}{_TEXT[:2]}"
    style = f"Title,{ink.font},{font},{colour},{colour},&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,8"
    side, top = round((width - room) / 2), round(height * (0.085 if width > height else 0.13))
    return "\n".join(
        [
            *["[Script Info]", "ScriptType: v4.00+", "WrapStyle: 0", f"PlayResX: {width}", f"PlayResY: {height}"],
            *["", "[V4+ Styles]", ass_styles.FIELDS, f"Style: {style},{side},{side},{top},-1", "", "[Events]"],
            "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
            f"Dialogue: 0,0:00:00.00,9:59:59.00,Title,,0,0,0,,{ass_text.lines([words], ink, since=0.0)}",
            "",
        ]
    )
