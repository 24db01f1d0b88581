"""Word (Office Open XML), made in memory."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

from .. import wording
from ..transcript import Transcript
from . import sections
from .paragraphs import Paragraph, clock, paragraphs

# The same transcript makes the same bytes, so no file says when it was made; the first day of ZIP's calendar.
_NO_TIME = datetime(1980, 1, 1)  # noqa: DTZ001 - ZIP and python-docx know no time zone
_LONGEST_TITLE = 255  # characters, the limit of python-docx for document properties


def render(transcript: Transcript, title: str) -> bytes:
    """Return a document with a heading, summary and chapters where there are any, and a paragraph per turn."""
    import docx  # takes a quarter of a second and lxml, which only this format needs

    document = docx.Document()
    heading = wording.clean(title) or "Transcript"
    properties = document.core_properties
    properties.title, properties.author, properties.comments = heading[:_LONGEST_TITLE], "Reelscribe", ""
    properties.created = properties.modified = _NO_TIME
    document.add_heading(heading, level=1)
    _write_above(document, transcript)
    for one in paragraphs(transcript):
        _write(document.add_paragraph(), one)
    packed = io.BytesIO()
    document.save(packed)
    return _timeless(packed.getvalue())


def _write_above(document, transcript: Transcript) -> None:  # type: ignore[no-untyped-def]  # python-docx has no types
    summary, chapters = sections.summary(transcript), sections.chapters(transcript)
    if summary:
        document.add_heading("Summary", level=2)
    for line in summary:
        document.add_paragraph(line)
    if chapters:
        document.add_heading("Chapters", level=2)
    for chapter in chapters:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{clock(chapter.start)}  {chapter.title}").bold = True
        if chapter.about:
            paragraph.add_run().add_break()
            paragraph.add_run(chapter.about)
    if summary or chapters:
        document.add_heading("Transcript", level=2)


def _write(paragraph, one: Paragraph) -> None:  # type: ignore[no-untyped-def]  # python-docx has no types
    paragraph.add_run(f"{one.label} ({clock(one.start)})" if one.label else clock(one.start)).bold = True
    paragraph.add_run().add_break()
    paragraph.add_run(one.text)


def _timeless(packed: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for name in made.namelist():
            entry = zipfile.ZipInfo(name, _NO_TIME.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            again.writestr(entry, made.read(name))
    return out.getvalue()
