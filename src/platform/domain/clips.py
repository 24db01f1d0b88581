"""Highlight clips as values: what is asked for, what the content analysis finds, what is cut.

Times are seconds; those of the recording count from the start of the file, those "of the clip" from its first frame.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from .timeline import Span

# "source" keeps the picture's own shape; a recording whose shape is one of the others is called by that name.
Aspect = Literal["source", "16:9", "9:16", "1:1", "4:5"]
# "speaker" follows who speaks, "slides" puts the slides above the speaker, "whole" never cuts anything off.
Layout = Literal["auto", "whole", "speaker", "slides"]
Style = Literal["clean", "box", "bold", "karaoke"]
FinderName = Literal["auto", "gemini", "local"]
RemovedKind = Literal["pause", "filler"]

MOST_CLIPS = 15
MOST_SPANS = 400  # of one clip or reel
LONGEST_CLIP_SECONDS = 1800.0
SHORTEST_CLIP_SECONDS = 1.0
MOST_TITLE = 200

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_TITLE, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ClipsWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a customer asks of a clips job.

    ``count`` clips at most, each ``min_seconds`` to ``max_seconds`` long (a shorter recording makes a shorter clip),
    ``total_seconds`` together. ``aspect`` and ``layout``: shape of the picture and what is shown in it; ``subtitles``:
    burned in, in ``style`` (a track that can be switched on and sidecar files are made in any case). Pauses longer than
    ``pause_seconds`` are shortened with ``remove_pauses``, "um" and the like are cut with ``remove_fillers``.
    ``analyst``: who chooses; ``about``: what to look for, in the customer's words.
    """

    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_CLIPS)] = 5
    min_seconds: Annotated[float, msgspec.Meta(ge=SHORTEST_CLIP_SECONDS, le=600)] = 15.0
    max_seconds: Annotated[float, msgspec.Meta(ge=5, le=LONGEST_CLIP_SECONDS)] = 90.0
    total_seconds: Annotated[float, msgspec.Meta(ge=5, le=7200)] | None = None
    aspect: Aspect = "source"
    layout: Layout = "auto"
    subtitles: bool = True
    style: Style = "clean"
    remove_pauses: bool = False
    pause_seconds: Annotated[float, msgspec.Meta(ge=0.3, le=10)] = 0.8
    remove_fillers: bool = False
    analyst: FinderName = "auto"
    about: Annotated[str, msgspec.Meta(max_length=300, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")] = ""


class ContentSegment(msgspec.Struct, frozen=True, kw_only=True):
    """A whole thought in the recording: its first and last sentence by number (``domain.sentences``), and their times.

    ``importance`` 0 to 1; ``reason``: why somebody would watch it; ``quote``: a sentence of it, word for word.
    """

    first: int
    last: int
    start: float
    end: float
    title: str
    topics: tuple[str, ...] = ()
    importance: float
    reason: str = ""
    quote: str = ""


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the recording that is left out inside a clip, and why; ``text`` is the filler word."""

    start: float
    end: float
    kind: RemovedKind
    text: str = ""


class ClipPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A clip that was chosen; ``spans`` of the recording in the order of play, ``score`` 0 to 1."""

    title: str
    reason: str
    quote: str
    score: float
    topics: tuple[str, ...]
    spans: tuple[Span, ...]
    removed: tuple[Removed, ...] = ()


class Chapter(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a reel, from ``start`` seconds of the clip on."""

    start: float
    title: str


class ClipWord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word of a clip's subtitles as a person wrote it; seconds of the recording."""

    start: float
    end: float
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
    speaker: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None


def parse(raw: str | bytes) -> ClipsWanted:
    """Return what is stored with a job; fields that a newer version wrote are passed over."""
    known = msgspec.json.decode(raw, type=dict[str, object])
    return msgspec.convert({name: known[name] for name in known if name in ClipsWanted.__struct_fields__}, ClipsWanted)
