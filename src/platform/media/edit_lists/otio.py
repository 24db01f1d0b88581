"""OpenTimelineIO (.otio): DaVinci Resolve, Premiere, Kdenlive, Hiero, and all that have an adapter for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from ...errors import UnsupportedOption
from .values import Cut, Piece

if TYPE_CHECKING:
    import opentimelineio


def render(cut: Cut) -> str:
    """Return one timeline with a track of pictures and one of sound, the clips one after the other.

    Raises:
        UnsupportedOption: the library is not installed.
    """
    try:
        import opentimelineio as otio
    except ImportError as exc:
        hint = "Take FCPXML or EDL instead, or install opentimelineio on the server; it has no release for Python 3.14."
        raise UnsupportedOption("This server cannot write OTIO.", hint=hint, field="format") from exc
    timeline = otio.schema.Timeline(cut.recording.name)
    kinds = {"Video": cut.recording.has_video, "Audio": cut.recording.has_audio or not cut.recording.has_video}
    for kind in (kind for kind, is_there in kinds.items() if is_there):
        track = otio.schema.Track(f"{kind} 1", kind=kind)
        track.extend([clip for piece in cut.pieces for clip in _clips(piece, cut)])
        timeline.tracks.append(track)
    text: str = timeline.to_json_string(indent=2)
    return text


def _clips(piece: Piece, cut: Cut) -> list[opentimelineio.schema.Clip]:
    import opentimelineio as otio

    made = []
    for number, (first, last) in enumerate(piece.cuts):
        clip = otio.schema.Clip(piece.title, _media(cut), _range(cut, first, last - first))
        if number == 0:
            clip.markers.append(
                otio.schema.Marker(
                    f"{piece.number}. {piece.title}",
                    _range(cut, first, 1),
                    color=otio.schema.MarkerColor.GREEN,
                    metadata={"reelscribe": {"reason": piece.reason}},
                )
            )
        made.append(clip)
    return made


def _media(cut: Cut) -> opentimelineio.schema.ExternalReference:
    import opentimelineio as otio

    media = otio.schema.ExternalReference(f"./{quote(cut.recording.name)}", _range(cut, 0, cut.frames))
    media.name = cut.recording.name
    return media


def _range(cut: Cut, first: int, frames: int) -> opentimelineio.opentime.TimeRange:
    from opentimelineio import opentime

    rate = float(cut.rate.exact)
    return opentime.TimeRange(opentime.RationalTime(first, rate), opentime.RationalTime(frames, rate))
