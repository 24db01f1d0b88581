"""What is seen in a picture, and which part of it a clip of another shape shows; pure.

Pixels are those of the picture as people see it: turned upright, square. Times are seconds of the recording.
"""

from __future__ import annotations

from typing import Literal

import msgspec

SceneKind = Literal["camera", "slides", "slides_with_speaker", "still", "screen"]


class Rect(msgspec.Struct, frozen=True):
    """A part of a picture in pixels from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch between two cuts of the picture in which nothing moves about much.

    ``kind``: what is shown; ``face``: where the speaker's face is, None where none is seen; ``screen``: where the
    slides or the screen are inside the picture, None where they are all of it or there are none. ``moving``: where
    nearly all movement is, such as the speaker's camera picture beside slides; None where things move all over, or
    nothing does. ``width`` and ``height`` of the picture that all of them refer to.
    """

    start: float
    end: float
    kind: SceneKind
    width: int
    height: int
    face: Rect | None = None
    screen: Rect | None = None
    moving: Rect | None = None


class Pane(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the source's picture and where it goes in the clip's picture, scaled to fit exactly."""

    source: Rect
    target: Rect


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown from ``start`` to ``end`` (seconds of the recording); what no pane covers is the background."""

    start: float
    end: float
    panes: tuple[Pane, ...]
