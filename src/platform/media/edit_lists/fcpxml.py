"""FCPXML 1.9: Final Cut Pro from 10.4.9 on, DaVinci Resolve, and Premiere by way of them.

Source: Apple's "FCPXML Reference" (developer.apple.com/documentation/professional-video-applications/fcpxml-reference).
Every time is a fraction of a second and a whole number of frames, as the document type asks.
"""

from __future__ import annotations

from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from .values import Cut, Piece

# A sequence has a size, also where the recording has none.
_SIZE_OF_SOUND = (1920, 1080)


def render(cut: Cut) -> str:
    """Return a library with one project per clip; all of them use one asset, the recording."""
    root = Element("fcpxml", version="1.9")
    _resources(SubElement(root, "resources"), cut)
    event = SubElement(SubElement(root, "library"), "event", name=cut.recording.name)
    for piece in cut.pieces:
        _project(event, piece, cut)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{text}\n'


def _resources(resources: Element, cut: Cut) -> None:
    recording = cut.recording
    width, height = (recording.width, recording.height) if recording.has_video else _SIZE_OF_SOUND
    frame = cut.rate.seconds(1)
    SubElement(resources, "format", id="r1", frameDuration=frame, width=str(width), height=str(height))
    asset = SubElement(resources, "asset", id="r2", name=recording.name, start="0s", duration=_time(cut, cut.frames))
    if recording.has_video:
        asset.attrib |= {"hasVideo": "1", "format": "r1", "videoSources": "1"}
    if recording.has_audio:
        asset.attrib |= {"hasAudio": "1", "audioSources": "1", "audioChannels": "2"}
    # Relative: beside the list the file is found, and elsewhere the editor asks for it by this name.
    SubElement(asset, "media-rep", kind="original-media", src=f"./{quote(recording.name)}")


def _project(event: Element, piece: Piece, cut: Cut) -> None:
    project = SubElement(event, "project", name=f"{piece.number}. {piece.title}")
    mode = "DF" if cut.rate.dropped else "NDF"
    length = _time(cut, piece.frames)
    sequence = SubElement(project, "sequence", format="r1", duration=length, tcStart="0s", tcFormat=mode)
    if piece.reason:
        SubElement(sequence, "note").text = piece.reason
    spine, offset = SubElement(sequence, "spine"), 0
    for first, last in piece.cuts:
        clip = SubElement(spine, "asset-clip", ref="r2", name=piece.title, tcFormat=mode)
        clip.attrib |= {"offset": _time(cut, offset), "start": _time(cut, first), "duration": _time(cut, last - first)}
        offset += last - first


def _time(cut: Cut, frames: int) -> str:
    return cut.rate.seconds(frames)
