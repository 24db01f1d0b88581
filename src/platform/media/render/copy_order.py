"""What the copying child is told, and what it says."""

from __future__ import annotations

import msgspec


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """From ``start`` to ``end`` seconds of the recording, at ``at`` seconds of the clip."""

    start: float
    end: float
    at: float


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The stream that holds the picture, counted as in ``MediaInfo``, and what of it becomes a clip of ``seconds``."""

    stream: int
    stretches: tuple[Stretch, ...]
    seconds: float


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """How many pictures there are, how many of them were copied and at how many decoding can begin.

    ``refused``: why this file cannot be cut so.
    """

    refused: str = ""
    copied: int = 0
    pictures: int = 0
    keys: int = 0
    width: int = 0
    height: int = 0
