"""Comma-separated values (RFC 4180) that spreadsheets can open without running anything."""

from __future__ import annotations

import csv
import io

from .. import wording
from ..transcript import Transcript
from .paragraphs import label_of

# What spreadsheets take for the start of a formula. Source: OWASP, "CSV Injection".
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - the full-width forms count as well


def render(transcript: Transcript, _title: str) -> bytes:
    """Return one row per segment under the header ``start,end,speaker,text``; seconds to three decimals."""
    labels = label_of(transcript)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("start", "end", "speaker", "text"))
    for segment in transcript.segments:
        speaker, text = _harmless(labels.get(segment.speaker, "")), _harmless(wording.clean(segment.text))
        writer.writerow((f"{segment.start:.3f}", f"{segment.end:.3f}", speaker, text))
    return out.getvalue().encode()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
