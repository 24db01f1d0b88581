"""The transcription of one recording, stretch by stretch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ... import temporary
from ...domain import timeline
from ...domain.timeline import Span
from ...domain.transcript import Segment
from ..languages import base
from ..protocol import Reporter, Request, Transcription, Warned
from . import heard, hearing, sound, stretches
from .answers import TooLong
from .heard import Written
from .shapes import Heard, Spoken
from .together import together

if TYPE_CHECKING:
    from .calls import Calls

# Two at a time: half the waiting, and still far below the requests per minute of the smallest plan.
_AT_ONCE = 2
# Enough speech to tell a language, in the middle of a stretch where people talk rather than greet.
_SAMPLE_SECONDS = 30.0


class Listening:
    """Sends the stretches of one recording; segments are passed on in order as soon as all before them are there."""

    def __init__(self, calls: Calls, request: Request, report: Reporter, silences: Sequence[Span]) -> None:
        """Listen to ``request`` through ``calls``; ``silences`` are of the whole file."""
        self._calls = calls
        self._request = request
        self._report = report
        self._silences = silences
        self._language = base(request.language)
        self._results: dict[int, Written] = {}
        self._segments: list[Segment] = []
        self._numbers = count(1)
        self._told = 0
        self._done_seconds = 0.0
        self._limit = asyncio.Semaphore(_AT_ONCE)
        self._order = asyncio.Lock()

    async def transcribe(self) -> Transcription:
        """Return the whole text; nothing at all is returned where a part of it cannot be had."""
        spans = await asyncio.to_thread(planned, self._request, self._silences)
        total = timeline.total(spans)
        with temporary.folder() as folder:
            first = 0
            while first < len(spans) and self._language is None:
                await self._listen(first, spans[first], folder, total)
                first += 1
            rest = range(first, len(spans))
            await together(self._listen(number, spans[number], folder, total) for number in rest)
        await self._report.progress(1.0)
        return Transcription(
            engine="gemini",
            model=self._calls.model,
            language=self._language,
            segments=tuple(self._segments),
            warnings=self._warnings(),
            usage=self._calls.usage,
        )

    async def _listen(self, number: int, span: Span, folder: Path, total: float) -> None:
        async with self._limit:
            written = await self._written(span, folder / f"{number}.wav")
        async with self._order:
            self._results[number] = written
            self._done_seconds += span.length
            await self._pass_on()
            await self._report.progress(min(self._done_seconds / total, 1.0))

    async def _pass_on(self) -> None:
        while self._told in self._results:
            ready = [
                msgspec.structs.replace(segment, id=f"s{next(self._numbers)}")
                for segment in self._results[self._told].segments
            ]
            self._told += 1
            if ready:
                self._segments.extend(ready)
                await self._report.partial(ready)

    async def _written(self, span: Span, path: Path) -> Written:
        try:
            return await self._asked(span, path)
        except TooLong:
            halves = await asyncio.to_thread(halved, self._request.audio, span)
            if halves is None:
                raise
        first, second = [await self._written(half, path) for half in halves]
        return Written(
            (*first.segments, *second.segments), first.guessed or second.guessed, first.refused or second.refused
        )

    async def _asked(self, span: Span, path: Path) -> Written:
        """Ask for the text of ``span``; an invented one is asked for once more, then left out."""
        await asyncio.to_thread(sound.cut, self._request.audio, span, path)
        question = hearing.transcript(self._request, language=self._language)
        try:
            async with self._calls.sound(path) as part:
                for _ in range(2):
                    answer = await self._calls.ask(question, Heard, sound=part)
                    self._calls.heard(span.length)
                    written = self._checked(answer, span)
                    if not written.refused:
                        break
        finally:
            _remove(path)
        return written

    def _checked(self, answer: Heard, span: Span) -> Written:
        named = heard.spoken_language(answer.language) if answer.has_speech else None
        sounding = stretches.sounding(span, self._silences)
        written = heard.written(answer, span, sounding=sounding, language=self._language or named)
        if self._language is None and written.segments:
            self._language = named
        return written

    def _warnings(self) -> tuple[Warned, ...]:
        refused = sum(written.refused for written in self._results.values())
        guessed = sum(written.guessed for written in self._results.values())
        told = (
            (refused, "text_refused", "Gemini wrote text for {} without that much speech; it was left out."),
            (guessed, "times_guessed", "Gemini gave no usable times for {}; they were guessed from the text's length."),
        )
        warnings = [Warned(code=code, message=text.format(_parts(number))) for number, code, text in told if number]
        if self._calls.not_deleted:
            message = "Some sound could not be deleted at Google, which deletes it by itself after 48 hours."
            warnings.append(Warned(code="not_deleted", message=message))
        return tuple(warnings)


def _remove(path: Path) -> None:
    """Free the disk at once: the stretches of a day are gigabytes."""
    path.unlink(missing_ok=True)


def _parts(number: int) -> str:
    return f"{number} part{'s' if number > 1 else ''} of the recording"


async def detected(calls: Calls, request: Request, silences: Sequence[Span]) -> str | None:
    """Return the language of half a minute of the longest stretch, None where nobody speaks."""
    spans = await asyncio.to_thread(planned, request, silences)
    if not spans:
        return None
    longest = max(spans, key=lambda span: span.length)
    start = round(max(longest.start + (longest.length - _SAMPLE_SECONDS) / 2, longest.start), 3)
    sample = Span(start, min(start + _SAMPLE_SECONDS, longest.end))
    with temporary.folder() as folder:
        await asyncio.to_thread(sound.cut, request.audio, sample, folder / "sample.wav")
        async with calls.sound(folder / "sample.wav") as part:
            answer = await calls.ask(hearing.language(), Spoken, sound=part)
    return heard.spoken_language(answer.language)


async def silences_of(request: Request) -> Sequence[Span]:
    """Return the silences of a recording: those that are known, else by a look at its levels.

    Raises:
        BadMedia: the audio file is not as the protocol says.
    """
    return request.silences or await asyncio.to_thread(sound.silences, request.audio)


def planned(request: Request, silences: Sequence[Span]) -> tuple[Span, ...]:
    """Return the stretches to send; the file's own length counts, not what was announced."""
    length = min(sound.length(request.audio), request.duration)
    return stretches.plan(
        length, silences, quietest=lambda at, reach: sound.quietest(request.audio, at=at, reach=reach)
    )


def halved(path: Path, span: Span) -> tuple[Span, Span] | None:
    """Return two halves of ``span``, None where it is too short."""
    return stretches.halved(span, quietest=lambda at, reach: sound.quietest(path, at=at, reach=reach))
