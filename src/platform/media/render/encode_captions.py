"""Draw the subtitles of a clip into its picture."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ...domain import ass
from ...domain.rendering import RenderOrder
from .. import fonts
from ..fonts import Hand
from . import encode_filters

_SCRIPT: Final = "subtitles.ass"
_FONTS: Final = "fonts"


def burning(order: RenderOrder, size: tuple[int, int], folder: Path) -> str:
    """Return the filter that draws the subtitles, "" where nothing is said; its files are in ``folder``.

    The filter names them without a path, as ffmpeg runs in that folder: a path would need escaping in three layers, and
    what users write never is part of a filter.
    """
    text, hand = script(order, size)
    return drawing(text, _SCRIPT, hand, folder) if text else ""


def script(order: RenderOrder, size: tuple[int, int]) -> tuple[str, Hand]:
    """Return the ASS script of the subtitles, "" where nothing is said, and what draws it."""
    said = order.transcript
    text = "\n".join(segment.text for segment in said.segments)
    hand = fonts.at_hand(text, language=said.language)
    if not text.strip():
        return "", hand
    made = ass.written(
        said,
        style=order.style,
        size=size,
        language=said.language,
        families=hand.families,
        left_out=hand.missing,
        cuts=[chapter.start for chapter in order.chapters],  # no subtitle goes on from one clip of a reel to the next
    )
    return made, hand


def drawing(script: str, name: str, hand: Hand, folder: Path) -> str:
    """Return the filter that draws an ASS script, written to ``folder`` as ``name``.

    Raises:
        Misconfigured: this ffmpeg was built without libass.
    """
    encode_filters.require("ass", "draw subtitles")
    (folder / name).write_text(script, encoding="utf-8")
    hand.link(folder / _FONTS)
    return f"ass=f={name}:fontsdir={_FONTS}"
