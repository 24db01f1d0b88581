"""How burned-in subtitles look: four styles, sized and placed for the shape of the picture.

Sizes and margins are parts of the picture, so that a style looks alike in 360 and in 2160 lines. Sources: BBC,
"Subtitle Guidelines" (size and width of lines, also for square and vertical video; colours of speakers), EBU R 95
(safe areas: nothing within 5 % of an edge). Vertical video keeps the lowest fifth free and a ninth at each side, where
TikTok, Reels and Shorts have their buttons: our own choice, as no standard says how much.
"""

from __future__ import annotations

from typing import Final

import msgspec

from .ass_fonts import HEAVY, REGULAR
from .clips import Style

STYLE_NAME: Final = "Speech"
# Of the font's line height; libass takes that for the size, where others take the em.
LINE_EM: Final = 1.362
_WHITE, _BLACK = "FFFFFF", "101010"


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """Where subtitles stand in a picture; pixels, but for ``line_width`` in places of ``subtitles.cues``."""

    size: tuple[int, int]
    line_width: int
    font_size: int
    side: int
    bottom: int

    @property
    def em(self) -> float:
        """The size of the letters in pixels."""
        return self.font_size / LINE_EM

    @property
    def room(self) -> int:
        """How wide a line may be."""
        return self.size[0] - 2 * self.side


class _Shape(msgspec.Struct, frozen=True, kw_only=True):
    """For pictures at least ``ratio`` times as wide as high; parts of width (``side``) and height."""

    ratio: float
    line_width: int
    heavy_width: int
    em: float
    heavy_em: float
    side: float
    bottom: float


class _Look(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths are parts of an em, colours are RRGGBB, ``veil`` is 0 (opaque) to 255 (clear)."""

    font: str
    outline: float
    shadow: float
    veil: int
    border: int = 1  # 1: outline and shadow, 4: one box behind all lines (libass only)


_SHAPES = (
    _Shape(ratio=1.5, line_width=42, heavy_width=32, em=0.050, heavy_em=0.062, side=0.05, bottom=0.075),
    _Shape(ratio=1.15, line_width=37, heavy_width=30, em=0.048, heavy_em=0.058, side=0.06, bottom=0.075),
    _Shape(ratio=0.9, line_width=32, heavy_width=24, em=0.045, heavy_em=0.055, side=0.07, bottom=0.085),
    _Shape(ratio=0.7, line_width=28, heavy_width=22, em=0.040, heavy_em=0.048, side=0.07, bottom=0.10),
    _Shape(ratio=0.0, line_width=24, heavy_width=18, em=0.034, heavy_em=0.041, side=0.11, bottom=0.21),
)
_LOOKS: dict[Style, _Look] = {
    "clean": _Look(font=REGULAR, outline=0.08, shadow=0.05, veil=0x60),
    "box": _Look(font=REGULAR, outline=0.0, shadow=0.28, veil=0x38, border=4),
    "bold": _Look(font=HEAVY, outline=0.105, shadow=0.06, veil=0x40),
    "karaoke": _Look(font=HEAVY, outline=0.105, shadow=0.06, veil=0x40),
}
_HEAVY_STYLES = frozenset({"bold", "karaoke"})
_PLACE_EM, _HEAVY_PLACE_EM = 0.57, 0.63  # how wide a letter is on average
# White for who speaks most; BBC, "Subtitle Guidelines", section on colours, in softer shades.
_SPEAKERS = (_WHITE, "FFE066", "7FE3FF", "9BFFA8")
_HIGHLIGHTS = ("FFD60A", "4DE1FF", "7CFF6B", "FF9BD2")


def frame(style: Style, size: tuple[int, int]) -> Frame:
    """Return where subtitles stand in a picture of ``size`` pixels.

    >>> frame("clean", (1920, 1080))
    Frame(size=(1920, 1080), line_width=42, font_size=74, side=96, bottom=81)
    """
    width, height = size
    shape = next(shape for shape in _SHAPES if width / height >= shape.ratio)
    is_heavy = style in _HEAVY_STYLES
    line_width = shape.heavy_width if is_heavy else shape.line_width
    side = round(width * shape.side)
    widest = (width - 2 * side) / line_width / (_HEAVY_PLACE_EM if is_heavy else _PLACE_EM)
    em = min(height * (shape.heavy_em if is_heavy else shape.em), widest)
    bottom = round(height * shape.bottom)
    return Frame(size=size, line_width=line_width, font_size=max(round(em * LINE_EM), 1), side=side, bottom=bottom)


def main_font(style: Style) -> str:
    """Return the family that the style is written in."""
    return _LOOKS[style].font


def colours(style: Style, speaker: int) -> tuple[str, str]:
    """Return how the words of a speaker are written, and the word that is being said, as ASS overrides have them.

    ``speaker``: 0 for who speaks most, and so on. In karaoke all are white, and the word differs.
    """
    highlight = _override(_HIGHLIGHTS[speaker % len(_HIGHLIGHTS)])
    if style == "karaoke":
        return _override(_WHITE), highlight
    return _override(_SPEAKERS[speaker % len(_SPEAKERS)]), highlight


def line(style: Style, area: Frame) -> str:
    """Return the script's one style, in the order of ``FIELDS``."""
    look = _LOOKS[style]
    # A tenth of a pixel is seen in small pictures.
    outline, shadow = round(area.em * look.outline, 1), round(area.em * look.shadow, 1)
    bottom = area.bottom + (round(shadow) if look.border != 1 else 0)
    white, edge, behind = f"&H00{_WHITE}", f"&H00{_BLACK}", f"&H{look.veil:02X}000000"
    # Encoding -1 lets libass find out for each line whether it is written from right to left.
    return (
        f"Style: {STYLE_NAME},{look.font},{area.font_size},{white},{white},{edge},{behind},0,0,0,0,100,100,0,0,"
        f"{look.border},{outline},{shadow},2,{area.side},{area.side},{bottom},-1"
    )


FIELDS: Final = (
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic,"
    " Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR,"
    " MarginV, Encoding"
)


def _override(colour: str) -> str:
    """Return RRGGBB in the order of ASS, blue first."""
    return f"&H{colour[4:]}{colour[2:4]}{colour[:2]}&"
