"""The order for one rendered clip: all that decides what the file looks and sounds like."""

from __future__ import annotations

import msgspec

from .clips import Aspect, Chapter, Layout, Style
from .framing import Scene
from .timeline import Span
from .transcript import Transcript


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
