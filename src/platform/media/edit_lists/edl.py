"""EDL, as CMX 3600 had it and every editor reads: one event per cut, picture and sound together.

Form of an event: number, reel, channels, ``C`` for a cut, source in and out, record in and out. The reel is ``AX``
("auxiliary", no tape): editors find the file by the comment ``FROM CLIP NAME``. ``LOC`` is a marker.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import UnsupportedOption
from .values import Cut

# Three digits number the events.
MOST_EVENTS = 999
LONGEST_TITLE = 70


def render(cut: Cut) -> str:
    """Return the events of all clips, one after the other from 01:00:00:00 on.

    Raises:
        UnsupportedOption: there are more cuts than an EDL can number.
    """
    count = sum(len(piece.cuts) for piece in cut.pieces)
    if count > MOST_EVENTS:
        raise UnsupportedOption(
            f"An EDL holds at most {MOST_EVENTS} cuts, these clips have {count}.",
            hint="Take FCPXML or OTIO instead, or make the clips without removed pauses.",
            field="format",
        )
    mode = "DROP FRAME" if cut.rate.dropped else "NON-DROP FRAME"
    lines = [f"TITLE: {cut.recording.name[:LONGEST_TITLE]}", f"FCM: {mode}", "", *_events(cut)]
    return "\r\n".join(lines) + "\r\n"


def _events(cut: Cut) -> Iterator[str]:
    number, record = 0, cut.rate.hour()
    for piece in cut.pieces:
        for nth, (first, last) in enumerate(piece.cuts):
            number += 1
            times = (first, last, record, record + last - first)
            yield f"{number:03}  AX       {_channels(cut)}     C        {' '.join(map(cut.rate.timecode, times))}"
            yield f"* FROM CLIP NAME: {cut.recording.name}"
            if nth == 0:
                yield f"* LOC: {cut.rate.timecode(record)} GREEN   {piece.title}"
                yield f"* COMMENT: {piece.number}. {piece.title}{f' - {piece.reason}' if piece.reason else ''}"
            record += last - first


def _channels(cut: Cut) -> str:
    if not cut.recording.has_video:
        return "A"
    return "B" if cut.recording.has_audio else "V"
