"""The order for one rendered clip: all that decides what the file looks and sounds like."""

from __future__ import annotations

import msgspec

from .clips import Aspect, Chapter, Layout, Style
from .framing import Scene
from .timeline import Span
from .transcript import Transcript


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What of a recording decides how an order for it is laid out, as it was read when a clip was made of it.

    ``seconds``: its length, None where unknown; ``fps``: pictures a second on average; ``size``: width and height as
    people see it, None where there is no picture.
    """

    seconds: float | None
    fps: float | None = None
    size: tuple[int, int] | None = None


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What picture and sound of a file were made of: enough to tell whether a change of the clip leaves them as is.

    ``likeness``: what orders that make the same share (``domain.likeness``).
    """

    likeness: str
    recording: Recording


class RenderOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One clip or reel to be made.

    ``spans``: stretches of the recording in the order of play, none empty, not necessarily ascending.
    ``transcript``: what is said, on the clip's own timeline (``domain.clip_text``), for subtitles. ``burned``: whether
    subtitles are part of the picture. ``scenes``: what is seen in the spans, empty where nobody looked. ``chapters``
    are on the clip's timeline.
    """

    title: str
    spans: tuple[Span, ...]
    transcript: Transcript
    aspect: Aspect = "source"
    layout: Layout = "auto"
    burned: bool = True
    style: Style = "clean"
    chapters: tuple[Chapter, ...] = ()
    scenes: tuple[Scene, ...] = ()
