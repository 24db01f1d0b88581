"""Which clips of one recording have the same picture and sound, whatever they are called; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from . import framing_choice
from .frames import Grid
from .framing import Shot
from .framing_crops import Size
from .rendering import RenderOrder

# Raise it when the renderer makes of the same order what looks or sounds otherwise: then no older file is kept.
VERSION: Final = 1


class _Look(msgspec.Struct, frozen=True):
    """All that decides picture and sound, beside the recording."""

    version: int
    grid: Grid
    size: Size
    shots: tuple[Shot, ...]
    drawn: tuple[str, ...]


def of(order: RenderOrder, grid: Grid, *, shown: Size | None, size: Size, drawn: Sequence[str]) -> str:
    """Return 64 hexadecimal digits (SHA-256) that two clips of one recording share only if they look and sound alike.

    What is compared is what the order comes to, so that another word for the same picture ("16:9" of a recording that
    has this shape) is no difference. ``shown``: width and height of the recording's picture as people see it, None
    where there is none; ``size``: those of the clip's; ``drawn``: the ASS scripts that are drawn into it, in order.
    """
    shots = () if shown is None else _shots(order, grid, shown, size)
    look = _Look(VERSION, grid, size, shots, tuple(drawn))
    return hashlib.sha256(msgspec.json.encode(look, order="deterministic")).hexdigest()


def _shots(order: RenderOrder, grid: Grid, shown: Size, size: Size) -> tuple[Shot, ...]:
    return framing_choice.shots(order.scenes, grid.spans, source_size=shown, target_size=size, layout=order.layout)
