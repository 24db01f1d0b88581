"""The engine without a model: a text file is its own transcript, anything else gets an explaining line.

For trying the platform out, for tests, and for people who have a text and want subtitles. The times are
invented: 2.5 words per second, a common pace of read English, and half a second between paragraphs.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Sequence
from pathlib import Path

from ..domain.transcript import Segment, Word
from ..errors import BadMedia, EngineUnavailable
from .phrases import milliseconds
from .protocol import Capabilities, Diarization, Reporter, Request, Transcription

MODEL = "text"

_WORDS_PER_SECOND = 2.5
_PAUSE_SECONDS = 0.5
# About a million words, a hundred hours of speech.
_MOST_BYTES = 8 * 1024**2

_EXPLANATION = (
    "This is the stub engine: it recognises no speech. Choose another engine, or upload a .txt file, "
    "which it takes as its own transcript."
)


class Stub:
    """The engine; it needs neither a model nor a child process."""

    name = "stub"

    def capabilities(self) -> Capabilities:
        """Return what it can do."""
        return Capabilities(languages=None, word_times=True, diarizes=False, takes_text=True)

    def refusal(self) -> EngineUnavailable | None:
        """Say nothing against it."""
        return None

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Take a text file as its own transcript; say of a recording that nothing was recognised.

        Raises:
            BadMedia: the text file is too long or cannot be read.
        """
        if request.is_text:
            segments = spoken(await asyncio.to_thread(read_text, request.audio))
        else:
            segments = (explanation(request.duration),)
        await report.partial(segments)
        await report.progress(1.0)
        return Transcription(engine=self.name, model=MODEL, language=request.language, segments=segments)

    async def align(
        self,
        request: Request,  # noqa: ARG002 the protocol's signature
        transcription: Transcription,
        report: Reporter,
    ) -> Transcription:
        """Return the input: its words have times, though invented ones."""
        await report.progress(1.0)
        return transcription

    async def diarize(
        self,
        request: Request,  # noqa: ARG002 the protocol's signature
        report: Reporter,
    ) -> Diarization:
        """Find nobody: a text has no voices."""
        await report.progress(1.0)
        return Diarization(turns=())

    async def detect(self, request: Request) -> str | None:  # noqa: ARG002 the protocol's signature
        """Say nothing: it does not listen."""
        return None

    async def close(self) -> None:
        """Do nothing: there is no child process."""


def spoken(text: str) -> tuple[Segment, ...]:
    """Return one segment per paragraph, with the times it would take to say it.

    >>> spoken("One two.")[0].end
    0.8
    """
    segments: list[Segment] = []
    at = 0.0
    for number, words in enumerate(_paragraphs(text), 1):
        segments.append(_paragraph(number, words, at))
        at = segments[-1].end + _PAUSE_SECONDS
    return tuple(segments)


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, UTF-16 with a mark, or Latin-1, without control characters.

    Raises:
        BadMedia: it cannot be read, or is longer than 8 MiB.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as exc:
        raise BadMedia(f"The text file cannot be read: {exc.strerror or exc}.") from exc
    if len(data) > _MOST_BYTES:
        raise BadMedia("The text file is longer than 8 MiB.", hint="Cut it into several files.")
    return "".join(char for char in decoded(data) if char.isprintable() or char in "\n\r\t")


def decoded(data: bytes) -> str:
    """Decode by the byte order mark, else as UTF-8, else as Latin-1, which takes every byte."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def explanation(duration: float) -> Segment:
    """Return the line for a recording of ``duration`` seconds."""
    return Segment(id="s1", start=0.0, end=milliseconds(max(duration, 0.0)), text=_EXPLANATION)


def _paragraphs(text: str) -> Sequence[list[str]]:
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        if not line.strip():
            paragraphs.append([])
        paragraphs[-1].extend(line.split())
    return [words for words in paragraphs if words]


def _paragraph(number: int, words: Sequence[str], start: float) -> Segment:
    timed = tuple(
        Word(
            start=round(start + index / _WORDS_PER_SECOND, 3),
            end=round(start + (index + 1) / _WORDS_PER_SECOND, 3),
            text=word,
        )
        for index, word in enumerate(words)
    )
    return Segment(id=f"s{number}", start=timed[0].start, end=timed[-1].end, text=" ".join(words), words=timed)
