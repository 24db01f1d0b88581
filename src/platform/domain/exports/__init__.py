"""A transcript as a file, one module per format."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ...errors import UnsupportedOption
from ..transcript import Transcript
from . import csv, docx, json, md, rttm, srt, tsv, txt, vtt


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """A finished file; ``suffix`` begins with a dot."""

    content: bytes
    content_type: str
    suffix: str


class _Format(msgspec.Struct, frozen=True):
    content_type: str
    render: Callable[[Transcript, str], bytes]


_FORMATS = {
    "json": _Format("application/json", json.render),
    "txt": _Format("text/plain; charset=utf-8", txt.render),
    "srt": _Format("application/x-subrip; charset=utf-8", srt.render),
    "vtt": _Format("text/vtt; charset=utf-8", vtt.render),
    "tsv": _Format("text/tab-separated-values; charset=utf-8", tsv.render),
    "csv": _Format("text/csv; charset=utf-8; header=present", csv.render),
    "rttm": _Format("text/plain; charset=utf-8", rttm.render),
    "md": _Format("text/markdown; charset=utf-8", md.render),
    "docx": _Format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", docx.render),
}

FORMATS = tuple(_FORMATS)


def render(transcript: Transcript, format: str, *, title: str) -> Export:
    """Return the transcript as a file; the same transcript and title always give the same bytes.

    Raises:
        UnsupportedOption: there is no such format.
    """
    chosen = _FORMATS.get(format)
    if chosen is None:
        hint = f"Choose one of {', '.join(FORMATS)}."
        raise UnsupportedOption(f"There is no format '{format[:40]}'.", hint=hint, field="format")
    content = chosen.render(transcript, title)
    return Export(content=content, content_type=chosen.content_type, suffix=f".{format}")
