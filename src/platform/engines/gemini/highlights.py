"""Gemini as a chooser of clips: it reads numbered sentences and names the first and the last of each passage.

A long text is read in windows of equal length, two at a time. An answer that cannot be used is asked for once more; if
that does not help either, the step fails and is tried again later. It never comes to nothing without saying so, and
nobody else chooses in Gemini's place.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ... import logs
from ...domain.clips import ClipsWanted, ContentSegment
from ...domain.sentences import Sentence
from ...errors import EngineFailed, EngineUnavailable
from ...settings import Settings
from ..languages import base
from ..protocol import Found, Reporter, Warned
from . import asking, choosing
from . import lines as text_lines
from .answers import Blocked, Garbage, TooLong
from .lines import Line
from .patience import Patience
from .session import no_key, opened
from .shapes import Clips
from .together import together

if TYPE_CHECKING:
    from .calls import Calls

log = logs.get("gemini")

_AT_ONCE = 2
_FEWEST = 5
# One passage a minute is as much as there can be in a talk.
_SECONDS_EACH = 60.0
# The answer is short: where it is too long the model runs in circles, and halves of halves are the end of it.
_HALVINGS = 2
_NOTHING = "Gemini named no passage that there is in this recording."

Chosen = tuple[list[ContentSegment], int]


class GeminiFinder:
    """The chooser; Google's SDK is loaded at the first request."""

    name = "gemini"

    def __init__(self, settings: Settings, *, patience: Patience | None = None) -> None:
        """Use the key of ``settings``."""
        self._settings = settings
        self._patience = patience or Patience()

    def refusal(self) -> EngineUnavailable | None:
        """Return that there is no key, None where there is one."""
        return no_key(self._settings)

    async def find(
        self, sentences: Sequence[Sentence], language: str | None, wanted: ClipsWanted, report: Reporter
    ) -> Found:
        """Return 1 to 15 passages, some of every third of a long recording.

        Raises:
            EngineUnavailable: no key, or the key, the quota or the model is refused.
            EngineFailed: Gemini stayed busy, or answered nothing that can be used twice.
            Unavailable: it cannot be reached.
        """
        if not sentences:
            raise EngineFailed("Nothing is said in this recording, so there is nothing to choose.")
        async with opened(self._settings, None, self._patience) as calls:
            return await _Choice(calls, sentences, base(language), wanted, report).found()


class _Choice:
    """The choice from one text; progress counts the windows that are read."""

    def __init__(
        self,
        calls: Calls,
        sentences: Sequence[Sentence],
        language: str | None,
        wanted: ClipsWanted,
        report: Reporter,
    ) -> None:
        self._calls = calls
        self._sentences = sentences
        self._language = language
        self._wanted = wanted
        self._report = report
        self._limit = asyncio.Semaphore(_AT_ONCE)
        self._windows = windows(choosing.lines(sentences))
        self._read = 0

    async def found(self) -> Found:
        tried = await together(self._window(part) for part in self._windows)
        refused = [each for each in tried if isinstance(each, Blocked)]
        chosen = [each for each in tried if not isinstance(each, Blocked)]
        if refused and not any(segments for segments, _ in chosen):
            raise refused[0]
        segments = choosing.merged([segments for segments, _ in chosen], self._sentences)
        if not segments:
            raise Garbage(_NOTHING)
        await self._report.progress(1.0)
        warnings = (*_dropped(sum(count for _, count in chosen)), *(_refused(each) for each in refused[:1]))
        return Found(
            finder="gemini", model=self._calls.model, segments=segments, warnings=warnings, usage=self._calls.usage
        )

    async def _window(self, part: Sequence[Line]) -> Chosen | Blocked:
        """Return what is chosen of one window; only what is forbidden there costs no other window."""
        try:
            async with self._limit:
                chosen = await self._halving(part, _HALVINGS)
        except Blocked as exc:
            return exc
        self._read += 1
        await self._report.progress(self._read / len(self._windows))
        return chosen

    async def _halving(self, part: Sequence[Line], left: int) -> Chosen:
        try:
            return await self._twice(part)
        except TooLong:
            if left == 0 or len(part) < 2:
                raise
        middle = len(part) // 2
        first = await self._halving(part[:middle], left - 1)
        second = await self._halving(part[middle:], left - 1)
        return [*first[0], *second[0]], first[1] + second[1]

    async def _twice(self, part: Sequence[Line]) -> Chosen:
        """Ask, and once more where nothing of the answer can be used.

        Of several windows one may have nothing to show; of the only one that is no answer.
        """
        chosen = await self._asked(part)
        if not chosen[0]:
            log.warning("answer_unusable", model=self._calls.model, dropped=chosen[1])
            chosen = await self._asked(part)
        if not chosen[0] and (chosen[1] or len(self._windows) == 1):
            raise Garbage(_NOTHING)
        return chosen

    async def _asked(self, part: Sequence[Line]) -> Chosen:
        seconds = self._wanted.min_seconds, max(self._wanted.max_seconds, self._wanted.min_seconds)
        counts = self._counts(part)
        question = asking.clips(part, self._language, counts=counts, seconds=seconds, about=self._wanted.about)
        answer = await self._calls.ask(question, Clips)
        return choosing.usable(answer.clips, part, self._sentences, longest=seconds[1])

    def _counts(self, part: Sequence[Line]) -> tuple[int, int]:
        """Return from and up to how many passages are asked for: 5 to 15 of a long window, one of a short text."""
        seconds = part[-1].segment.end - part[0].segment.start
        most = min(max(math.ceil(seconds / _SECONDS_EACH), 1), choosing.MOST)
        return min(max(_FEWEST, min(self._wanted.count, most)), most), most


def windows(lines: Sequence[Line]) -> list[tuple[Line, ...]]:
    """Return the lines in parts that a model reads at once, of about the same length."""
    size = sum(len(line.segment.text) + text_lines.FRAME for line in lines)
    count = math.ceil(size / text_lines.READ_CHARACTERS)
    longest = max(len(line.segment.text) + text_lines.FRAME for line in lines)
    even = math.ceil(size / count) + longest if count > 1 else size
    return text_lines.parts(lines, characters=even)


def _dropped(count: int) -> tuple[Warned, ...]:
    message = f"{count} passages of Gemini were left out: they are not there, overlap others or are far too long."
    return (Warned(code="answers_dropped", message=message),) if count else ()


def _refused(failure: Blocked) -> Warned:
    message = f"Gemini chose nothing of a part of the recording: {failure.message}"
    return Warned(code="part_refused", message=message)
