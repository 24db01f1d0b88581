"""Cut lists that video editors open: FCPXML, EDL (CMX 3600) and OpenTimelineIO.

They name the recording by its file name alone: put the list beside the file, or relink it in the editor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from ...domain.exports import Export
from . import edl, fcpxml, otio
from .values import Cut, EditClip, Recording, cut_to_frames

__all__ = ["FORMATS", "EditClip", "EditFormat", "Recording", "timeline"]

EditFormat = Literal["fcpxml", "edl", "otio"]


class _Format(msgspec.Struct, frozen=True):
    content_type: str
    render: Callable[[Cut], str]


FORMATS: dict[EditFormat, _Format] = {
    "fcpxml": _Format("application/xml", fcpxml.render),
    "edl": _Format("text/plain; charset=utf-8", edl.render),
    "otio": _Format("application/json", otio.render),
}


def timeline(clips: Sequence[EditClip], recording: Recording, format_name: EditFormat) -> Export:
    """Return the clips as a cut list; the same clips always give the same bytes.

    FCPXML has one project per clip. EDL and OTIO have one timeline with the clips one after the other, because no
    editor takes several from one file; comments or markers name each.

    Raises:
        BadInput: no clip has a frame of the recording in it.
        UnsupportedOption: the format cannot hold so many cuts, or what it needs is not installed.
    """
    chosen = FORMATS[format_name]
    content = chosen.render(cut_to_frames(clips, recording))
    return Export(content=content.encode(), content_type=chosen.content_type, suffix=f".{format_name}")
