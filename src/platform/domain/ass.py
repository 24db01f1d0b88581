"""Subtitles to be drawn into the picture by libass: a whole script in ASS (Advanced SubStation Alpha, v4+).

Text never wraps by itself: the lines are those of ``subtitles.cues``, in a size at which they fit. Who speaks is told
by colour, as the BBC does (a label takes room in the line, a dash is for two speakers in one subtitle, which we never
make). Right-to-left text is put in order by libass, with FriBidi.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import msgspec

from . import ass_styles, ass_text, scripts
from .ass_fonts import FAMILIES
from .ass_styles import Frame
from .ass_text import Ink
from .clips import Style
from .subtitles import Cue, cues
from .transcript import Transcript

_EVENT_FIELDS = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"


def written(
    transcript: Transcript,
    *,
    style: Style,
    size: tuple[int, int],
    language: str | None,
    families: Mapping[str, str] = FAMILIES,
    left_out: Collection[str] = (),
    cuts: Sequence[float] = (),
) -> str:
    """Return the script for a picture of ``size`` (width and height in pixels); the times are the transcript's own.

    ``families``: the font family for each writing system (``scripts``), which libass must find; ``left_out``: those
    that are not drawn, as there is none. ``cuts`` as in ``subtitles.cues``.
    """
    area = ass_styles.frame(style, size)
    ranks = _ranks(transcript)
    base = Ink(
        font=ass_styles.main_font(style),
        size=area.font_size,
        families=families,
        han=scripts.han_of("".join(segment.text for segment in transcript.segments), language),
        colour="",
        highlight=None,
        left_out=frozenset(left_out),
    )
    inks = {speaker: _coloured(base, style, rank) for speaker, rank in ranks.items()}
    events = [_event(cue, inks[cue.speaker], area) for cue in cues(transcript, line_width=area.line_width, cuts=cuts)]
    styles = [ass_styles.FIELDS, ass_styles.line(style, area), ""]
    return "\n".join([*_head(size), *styles, "[Events]", _EVENT_FIELDS, *filter(None, events), ""])


def _head(size: tuple[int, int]) -> tuple[str, ...]:
    return (
        "[Script Info]",
        "ScriptType: v4.00+",
        "WrapStyle: 2",
        "ScaledBorderAndShadow: yes",
        f"PlayResX: {size[0]}",
        f"PlayResY: {size[1]}",
        "",
        "[V4+ Styles]",
    )


def _ranks(transcript: Transcript) -> dict[str | None, int]:
    """Return 0 for who says most, 1 for the next, and so on."""
    said: Counter[str | None] = Counter()
    for segment in transcript.segments:
        said[segment.speaker] += len(segment.text)
    return {speaker: rank for rank, (speaker, _) in enumerate(said.most_common())}


def _coloured(ink: Ink, style: Style, rank: int) -> Ink:
    colour, highlight = ass_styles.colours(style, rank)
    return msgspec.structs.replace(ink, colour=colour, highlight=highlight if style == "karaoke" else None)


def _event(cue: Cue, ink: Ink, area: Frame) -> str:
    size = _fitting(cue, area)
    text = ass_text.lines(cue.words, msgspec.structs.replace(ink, size=size), since=cue.start_ms / 1000)
    if not text:
        return ""
    smaller = "" if size == area.font_size else rf"\fs{size}"
    times = f"{_clock(cue.start_ms)},{_clock(cue.end_ms)}"
    return f"Dialogue: 0,{times},{ass_styles.STYLE_NAME},,0,0,0,,{{{smaller}\\1c{ink.colour}}}{text}"


def _fitting(cue: Cue, area: Frame) -> int:
    """Return the size of the font in which the lines of a subtitle are no wider than there is room."""
    widest = max(map(ass_text.ems, cue.lines)) * area.em
    return area.font_size if widest <= area.room else int(area.font_size * area.room / widest)


def _clock(ms: int) -> str:
    """Return a time as ASS has it, in hundredths.

    >>> _clock(3_725_996)
    '1:02:05.99'
    """
    return f"{ms // 3_600_000}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms // 10 % 100:02}"
