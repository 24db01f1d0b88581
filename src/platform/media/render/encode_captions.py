"""Draw the subtitles of a clip into its picture."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ...domain import ass
from ...domain.rendering import RenderOrder
from .. import fonts

_SCRIPT: Final = "subtitles.ass"
_FONTS: Final = "fonts"


def burning(order: RenderOrder, size: tuple[int, int], folder: Path) -> str:
    """Return the filter that draws the subtitles, "" where nothing is said; its files are in ``folder``.

    The filter names them without a path, as ffmpeg runs in that folder: a path would need escaping in three layers, and
    what users write never is part of a filter.
    """
    if not any(segment.text.strip() for segment in order.transcript.segments):
        return ""
    text = ass.written(order.transcript, style=order.style, size=size, language=order.transcript.language)
    return drawing(text, _SCRIPT, folder)


def drawing(script: str, name: str, folder: Path) -> str:
    """Return the filter that draws an ASS script, written to ``folder`` as ``name``, with our fonts."""
    (folder / name).write_text(script, encoding="utf-8")
    link = folder / _FONTS
    if not link.is_symlink():
        link.symlink_to(fonts.folder().absolute(), target_is_directory=True)
    return f"ass=f={name}:fontsdir={_FONTS}"
