"""What a clip's picture is put together from, as text of ffmpeg's filter graphs; pure.

Only numbers and our own words are in these texts: what users write reaches filters through files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from ...domain.framing import Pane, Rect

# What is behind panes that leave something free: the picture itself, small, blurred and darkened. Blurring a picture
# of an eighth and making it large again costs a tenth of blurring the large one, and looks the same.
_BACKGROUND_PART: Final = 8
_BLUR: Final = 11
_DARKENED: Final = 0.33
_DIMMED: Final = f"lutyuv=y=(val-16)*{_DARKENED}+16:u=(val-128)*0.7+128:v=(val-128)*0.7+128"


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Pixels of the clip: its size, what is told to the scaler, and filters each pane goes through afterwards."""

    size: tuple[int, int]
    scaling: str = ""
    after: str = "format=yuv420p"


def framed(panes: Sequence[Pane], look: Look, *, source: tuple[int, int], name: str) -> str:
    """Return a graph from ``[<name>]`` to ``[<name>o]`` that shows ``panes`` of a picture of the size ``source``.

    One pane that fills the target needs no background; several that fill it together are laid on the first.
    """
    if not panes:
        panes = (Pane(source=Rect(0, 0, *source), target=Rect(0, 0, *look.size)),)
    if len(panes) == 1 and _size(panes[0].target) == look.size:
        return f"[{name}]{_pane(panes[0], look, source)}[{name}o]"
    inputs = [f"{name}p{number}" for number in range(len(panes))]
    if _filled(panes, look.size):
        return ";".join([_split(name, inputs), *_on_first(panes, inputs, look, source, name)])
    return ";".join([_split(name, [f"{name}b", *inputs]), *_on_background(panes, inputs, look, source, name)])


def _on_first(
    panes: Sequence[Pane], inputs: Sequence[str], look: Look, source: tuple[int, int], name: str
) -> list[str]:
    width, height = look.size
    first = f"[{inputs[0]}]{_pane(panes[0], look, source)},pad={width}:{height}:{_at(panes[0])}[{inputs[0]}s]"
    return [first, *_laid(panes[1:], inputs[1:], f"{inputs[0]}s", look, source, name)]


def _on_background(
    panes: Sequence[Pane], inputs: Sequence[str], look: Look, source: tuple[int, int], name: str
) -> list[str]:
    behind = f"[{name}b]{_background(look)}[{name}g]"
    return [behind, *_laid(panes, inputs, f"{name}g", look, source, name)]


def _laid(
    panes: Sequence[Pane], inputs: Sequence[str], base: str, look: Look, source: tuple[int, int], name: str
) -> list[str]:
    """Return chains that lay panes on ``[base]`` one after the other."""
    chains: list[str] = []
    for number, (pane, entry) in enumerate(zip(panes, inputs, strict=True), start=1):
        result = f"{name}o" if number == len(panes) else f"{entry}o"
        chains.append(f"[{entry}]{_pane(pane, look, source)}[{entry}s]")
        chains.append(f"[{base}][{entry}s]overlay={_at(pane)}:eof_action=endall[{result}]")
        base = result
    return chains


def _pane(pane: Pane, look: Look, source: tuple[int, int]) -> str:
    part, (width, height) = pane.source, _size(pane.target)
    cropped = "" if part == Rect(0, 0, *source) else f"crop={part.width}:{part.height}:{part.x}:{part.y},"
    return f"{cropped}scale={width}:{height}:flags=bicubic{look.scaling},{look.after},setsar=1"


def _background(look: Look) -> str:
    width, height = look.size
    small = tuple(max(side // _BACKGROUND_PART // 2 * 2, 2) for side in look.size)
    covering = f"scale={small[0]}:{small[1]}:force_original_aspect_ratio=increase:flags=area{look.scaling}"
    blurred = f"crop={small[0]}:{small[1]},{look.after},gblur=sigma={_BLUR}:steps=2,{_DIMMED}"
    return f"{covering},{blurred},scale={width}:{height}:flags=bilinear,setsar=1"


def _filled(panes: Sequence[Pane], size: tuple[int, int]) -> bool:
    """Return whether panes, which never overlap, leave nothing free."""
    return sum(pane.target.width * pane.target.height for pane in panes) >= size[0] * size[1]


def _split(name: str, outputs: Sequence[str]) -> str:
    return f"[{name}]split={len(outputs)}" + "".join(f"[{output}]" for output in outputs)


def _at(pane: Pane) -> str:
    return f"{pane.target.x}:{pane.target.y}"


def _size(rect: Rect) -> tuple[int, int]:
    return rect.width, rect.height
