"""What the child of ``scenes`` is asked, and what it says, one JSON object a line."""

from __future__ import annotations

import msgspec

from ..domain.framing import Scene
from ..domain.timeline import Span
from .info import VideoStream


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Stretches of a file to be looked at, in order and apart; ``container`` names the demuxer."""

    path: str
    container: str
    video: VideoStream
    windows: tuple[Span, ...]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The next scene, where one has ended, and how much is done (0 to 1)."""

    done: float
    scene: Scene | None = None
