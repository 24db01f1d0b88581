"""What a cut list is made of."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ...domain.timeline import Span
from ...errors import BadInput
from .frames import Rate, cuts, frames_in, rate_of

# XML 1.0 cannot hold these at all; a line end would end a comment of an EDL.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")


class EditClip(msgspec.Struct, frozen=True, kw_only=True):
    """A clip to be; ``spans`` of the recording in the order of play, in seconds from the start of the file."""

    title: str
    spans: tuple[Span, ...]
    reason: str = ""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What is cut: ``name`` is the file's own, ``duration`` in seconds; ``fps`` is None where there is no picture.

    ``width`` and ``height`` as people see it; 0 where unknown.
    """

    name: str
    duration: float
    fps: float | None = None
    width: int = 0
    height: int = 0
    has_audio: bool = True

    @property
    def has_video(self) -> bool:
        """Whether there is a picture."""
        return self.width > 0


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A clip in whole frames: (first, one past last) of the recording for each of its cuts."""

    number: int
    title: str
    reason: str
    cuts: tuple[tuple[int, int], ...]

    @property
    def frames(self) -> int:
        """How many frames it plays."""
        return sum(last - first for first, last in self.cuts)


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """All that a cut list says; ``frames`` is the length of the recording."""

    recording: Recording
    rate: Rate
    frames: int
    pieces: tuple[Piece, ...]


def cut_to_frames(clips: Sequence[EditClip], recording: Recording) -> Cut:
    """Return the clips in whole frames of the recording, numbered from 1.

    Raises:
        BadInput: no clip has a frame of the recording in it.
    """
    rate = rate_of(recording.fps)
    frames = frames_in(recording.duration, rate)
    pieces = [
        Piece(
            number=number,
            title=writable(clip.title) or f"Clip {number}",
            reason=writable(clip.reason),
            cuts=cuts(clip.spans, rate, total=frames),
        )
        for number, clip in enumerate(clips, start=1)
    ]
    there = tuple(piece for piece in pieces if piece.cuts)
    if not there:
        raise BadInput("There is no clip to cut.")
    named = msgspec.structs.replace(recording, name=writable(recording.name) or "recording")
    return Cut(recording=named, rate=rate, frames=frames, pieces=there)


def writable(text: str) -> str:
    """Return a text on one line, without what XML or an EDL cannot hold."""
    return _UNWRITABLE.sub(" ", text).strip()
