"""Lay an order on the grid of a recording, and tell what becomes of it, before anything is made."""

from __future__ import annotations

from typing import Final

import msgspec

from ...domain import frames, likeness, timeline
from ...domain.frames import Grid
from ...domain.rendering import Basis, Recording, RenderOrder
from ...domain.retiming import retimed
from ...domain.timeline import Span
from ...errors import BadMedia
from .. import fonts
from ..info import MediaInfo
from . import audiogram, encode, encode_captions

_SHORTER: Final = "The recording ends before this clip does; what is missing was left out."


def recording(info: MediaInfo) -> Recording:
    """Return what matters here of a look into a recording."""
    video = info.video
    return Recording(
        seconds=info.duration_seconds,
        fps=video.fps if video else None,
        size=video.display_size if video else None,
    )


def laid(order: RenderOrder, source: Recording) -> tuple[RenderOrder, Grid]:
    """Return the order on the grid of frames, with what is said and where chapters begin, and the grid.

    Raises:
        BadMedia: it lies outside the recording.
    """
    wanted = inside(order, source.seconds)
    grid = frames.grid(wanted.spans, source.fps)
    return retimed(wanted, grid), grid


def inside(order: RenderOrder, seconds: float | None) -> RenderOrder:
    """Return the order without what lies outside a recording of ``seconds`` (None where unknown).

    Raises:
        BadMedia: nothing is left.
    """
    whole = Span(0.0, seconds if seconds else float("inf"))
    spans = tuple(part for span in order.spans for part in timeline.clip([span], whole))
    if not spans:
        raise BadMedia(
            "This clip lies outside the recording.",
            hint="Choose a start and an end within the recording.",
            duration_seconds=seconds,
        )
    return msgspec.structs.replace(order, spans=spans)


def basis(order: RenderOrder, source: Recording) -> Basis:
    """Return what picture and sound are made of; reads fonts, but no recording.

    Of one with a picture that cannot be decoded, whose sound is drawn instead, it tells nothing.

    Raises:
        BadMedia: the order lies outside the recording.
    """
    wanted, grid = laid(order, source)
    size, drawn = _drawn(wanted, source)
    if wanted.burned:
        drawn.append(encode_captions.script(wanted, size)[0])
    texts = [text for text in drawn if text]
    return Basis(
        likeness=likeness.of(wanted, grid, shown=source.size, size=size, drawn=texts),
        recording=source,
    )


def warnings(order: RenderOrder, source: Recording) -> tuple[str, ...]:
    """Return in sentences what of the order the clip will not show, though all of the recording can be decoded.

    Raises:
        BadMedia: the order lies outside the recording.
    """
    _, grid = laid(order, source)
    is_shorter = abs(grid.duration - sum(span.length for span in order.spans)) > len(order.spans) / grid.fps
    unwritten = _unwritten(order) if order.burned else ""
    return tuple(filter(None, [unwritten, _SHORTER if is_shorter else ""]))


def _unwritten(order: RenderOrder) -> str:
    """Return a sentence about the writing systems that no font here can draw into the picture."""
    said = order.transcript
    text = "\n".join(segment.text for segment in said.segments)
    return fonts.warning(fonts.missing(text, language=said.language))


def _drawn(wanted: RenderOrder, source: Recording) -> tuple[tuple[int, int], list[str]]:
    """Return the size of the picture, and what is drawn into it whether subtitles are or not."""
    if source.size is not None:
        return encode.playable(wanted.aspect, source.size), []
    size = audiogram.size_of(wanted)
    return size, [audiogram.headline(wanted, size)[0]]
