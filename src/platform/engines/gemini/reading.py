"""The reading of one transcript: every wanted part by questions of its own, two at a time.

A part whose answers cannot be used is left out with a warning, so that it costs no other; what would hit all of them
(key, quota, a provider that is away) ends the whole reading, and the step is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ...domain import languages
from ...domain.features import IMPROVED, SUMMARY, TRANSLATION, Features
from ...domain.insights import Insights, TranslatedSegment, Translation, merged
from ...domain.transcript import Segment
from ...errors import EngineFailed
from ..protocol import Analysis, Reporter, Warned
from . import asking, findings, improving, outcomes, plain
from . import lines as text_lines
from .answers import Blocked, Garbage, Incomplete, TooLong
from .lines import Line
from .outcomes import Outcome
from .question import Question
from .shapes import Begun, Chaptered, Improved, Marked, Moods, Named, Summed, Translated
from .together import together

if TYPE_CHECKING:
    from .calls import Calls

T = TypeVar("T")
Shape = TypeVar("Shape", bound=msgspec.Struct)
Item = TypeVar("Item", bound=findings.Numbered)
Part = Sequence[Line]

_AT_ONCE = 2
# Their answers are short, so they are asked about longer parts.
_READ = frozenset({SUMMARY, "auto_chapters", "auto_highlights"})
# A lecture of an hour has six to twelve; more than this nobody reads.
_MOST_CHAPTERS = 30
# One line in fifty may lack its answer, such as one that is a sound only; more, and the part is not what was ordered.
_MAY_LACK = 50


class Reading:
    """Reads one text; progress counts the questions that are answered."""

    def __init__(
        self, calls: Calls, segments: Sequence[Segment], language: str | None, wanted: Features, report: Reporter
    ) -> None:
        """Read ``segments`` in ``language`` through ``calls``."""
        self._calls = calls
        self._segments = segments
        self._lines = text_lines.numbered(segments)
        self._language = language
        self._unspaced = languages.is_unspaced(language)
        self._wanted = wanted
        self._report = report
        self._limit = asyncio.Semaphore(_AT_ONCE)
        self._expected = self._answered = 0

    async def read(self, names: Sequence[str]) -> Analysis:
        """Return what was found of the parts ``names``; only those that came whole are ``features_done``.

        Raises:
            EngineFailed: none of them came.
            EngineUnavailable, Unavailable: as of ``Calls.ask``.
        """
        self._expected = self._questions(names)
        tried = await self._in_turn(names)
        failures = {name: result for name, result in tried.items() if isinstance(result, EngineFailed)}
        came = {name: result for name, result in tried.items() if isinstance(result, Outcome)}
        if failures and not came:
            raise next(iter(failures.values()))
        await self._report.progress(1.0)
        insights = Insights()
        for outcome in came.values():
            insights = merged(insights, outcome.insights)
        return Analysis(
            analyst="gemini",
            model=self._calls.model,
            insights=insights,
            features_done=tuple(came),
            segments=came[IMPROVED].segments if IMPROVED in came else None,
            warnings=outcomes.warnings(came, failures),
            usage=self._calls.usage,
        )

    async def _in_turn(self, names: Sequence[str]) -> dict[str, Outcome | EngineFailed]:
        """Improve the text first, where that is wanted: the other parts are read from it, and quote it."""
        tried: dict[str, Outcome | EngineFailed] = {}
        if IMPROVED in names:
            result = tried[IMPROVED] = await self._tried(IMPROVED)
            if isinstance(result, Outcome) and result.segments:
                self._lines = text_lines.numbered(result.segments)
        others = [name for name in names if name != IMPROVED]
        results = await together(self._tried(name) for name in others)
        return {**tried, **dict(zip(others, results, strict=True))}

    async def _tried(self, name: str) -> Outcome | EngineFailed:
        work: Mapping[str, Callable[[], Coroutine[Any, Any, Outcome]]] = {
            SUMMARY: self._summary,
            "auto_chapters": self._chapters,
            "auto_highlights": self._highlights,
            "entity_detection": self._entities,
            "sentiment_analysis": self._sentiments,
            IMPROVED: self._improved,
            TRANSLATION: self._translations,
        }
        try:
            return await work[name]()
        except (TooLong, Blocked, Garbage, Incomplete) as exc:
            return exc

    async def _summary(self) -> Outcome:
        found = await self._each(self._read_parts(), lambda part: self._ask(self._of(asking.summary, part), Summed))
        if len(found) > 1:
            question = asking.joined_summary([each.summary for each in found], self._language)
            found = [await self._ask(question, Summed)]
        text = plain.paragraphs(found[0].summary)
        if not text:
            raise Garbage("Gemini wrote an empty summary.")
        return Outcome(Insights(summary=text))

    async def _chapters(self) -> Outcome:
        async def one(part: Part) -> tuple[list[Begun], int]:
            answer = await self._ask(self._of(asking.chapters, part), Chaptered)
            return findings.chapter_starts(answer.chapters, [line.number for line in part])

        found = await self._each(self._read_parts(), one)
        starts, dropped = [chapter for some, _ in found for chapter in some], sum(count for _, count in found)
        if len(found) > 1 and len(starts) > 1:
            starts, more = await self._merged(starts)
            dropped += more
        if not starts:
            raise Garbage("Gemini found no chapters.")
        return Outcome(Insights(chapters=findings.chapters(starts, self._lines)), dropped)

    async def _merged(self, starts: list[Begun]) -> tuple[list[Begun], int]:
        """Let neighbours over the borders of parts become one."""
        question = asking.merged_chapters(starts, self._language, most=_MOST_CHAPTERS)
        answer = await self._ask(question, Chaptered)
        kept, dropped = findings.chapter_starts(answer.chapters, range(1, len(starts) + 1))
        placed = [msgspec.structs.replace(chapter, first=starts[chapter.first - 1].first) for chapter in kept]
        return placed, dropped

    async def _highlights(self) -> Outcome:
        found = await self._each(self._read_parts(), lambda part: self._ask(asking.highlights(part), Marked))
        phrases = [phrase for each in found for phrase in each.highlights]
        kept, dropped = findings.highlights(phrases, self._lines, unspaced=self._unspaced)
        return Outcome(Insights(highlights=kept), dropped)

    async def _entities(self) -> Outcome:
        found = await self._each(self._written_parts(), lambda part: self._ask(asking.entities(part), Named))
        mentions = [mention for each in found for mention in each.entities]
        kept, dropped = findings.entities(mentions, self._lines, unspaced=self._unspaced)
        return Outcome(Insights(entities=kept), dropped)

    async def _sentiments(self) -> Outcome:
        async def ask(part: Part) -> Sequence[Any]:
            return (await self._ask(asking.sentiments(part), Moods)).sentiments

        moods, dropped, warnings = await self._all("sentiment_analysis", ask)
        return Outcome(Insights(sentiments=findings.sentiments(moods, self._lines)), dropped, warnings)

    async def _improved(self) -> Outcome:
        async def ask(part: Part) -> Sequence[Any]:
            return (await self._ask(asking.improvement(part), Improved)).lines

        written, dropped, _ = await self._all(IMPROVED, ask, may_lack=len(self._lines))
        better: dict[str, Segment] = {}
        for line in self._lines:
            text = plain.line(written[line.number].text, most=100_000) if line.number in written else ""
            new = improving.improved(line.segment, text, unspaced=self._unspaced)
            if new is not None:
                better[line.segment.id] = new
        kept = len(self._lines) - len(better)
        if kept * 2 > len(self._lines):
            raise Incomplete("Gemini changed words in more than half of the text, so its punctuation was not used.")
        return Outcome(
            Insights(paragraphs=self._paragraphs(written)),
            dropped,
            outcomes.kept_as_it_was(kept),
            tuple(better.get(segment.id, segment) for segment in self._segments),
        )

    def _paragraphs(self, written: Mapping[int, Any]) -> tuple[str, ...]:
        return tuple(
            line.segment.id
            for line in self._lines
            if line is self._lines[0] or (line.number in written and written[line.number].new_paragraph)
        )

    async def _translations(self) -> Outcome:
        targets, warnings = outcomes.targets(self._wanted, self._language)
        if not targets:
            raise Incomplete(" ".join(warned.message for warned in warnings))
        found = await together(self._translation(target) for target in targets)
        return Outcome(
            Insights(translations=tuple(translation for translation, _, _ in found)),
            sum(dropped for _, dropped, _ in found),
            (*warnings, *(warned for _, _, told in found for warned in told)),
        )

    async def _translation(self, target: str) -> tuple[Translation, int, tuple[Warned, ...]]:
        async def ask(part: Part) -> Sequence[Any]:
            answer = await self._ask(asking.translation(part, target), Translated)
            return [line for line in answer.lines if plain.line(line.text)]

        texts, dropped, warnings = await self._all(f"translation into {languages.name(target)}", ask)
        segments = tuple(
            TranslatedSegment(id=line.segment.id, text=plain.line(texts[line.number].text))
            for line in self._lines
            if line.number in texts
        )
        return Translation(language=target, segments=segments), dropped, warnings

    def _read_parts(self) -> list[tuple[Line, ...]]:
        return text_lines.parts(self._lines, characters=text_lines.READ_CHARACTERS)

    def _of(self, ask: Callable[[Part, str | None], Question], part: Part) -> Question:
        return ask(part, self._language)

    def _written_parts(self) -> list[tuple[Line, ...]]:
        return text_lines.parts(self._lines, characters=text_lines.WRITTEN_CHARACTERS)

    def _questions(self, names: Sequence[str]) -> int:
        """Return how many questions there will be at least."""
        times = {name: len(self._written_parts()) for name in names}
        times |= {name: len(self._read_parts()) for name in names if name in _READ}
        return sum(times.values()) + times.get(TRANSLATION, 0) * max(len(self._wanted.translations) - 1, 0)

    async def _all(
        self, name: str, ask: Callable[[Part], Awaitable[Sequence[Item]]], *, may_lack: int | None = None
    ) -> tuple[dict[int, Item], int, tuple[Warned, ...]]:
        """Ask for something about every line; what is missing is asked for once more.

        Returns what came by number of line, how many answers were dropped, and a warning for what never came.

        Raises:
            Incomplete: more than ``may_lack`` lines (one in fifty) never came.
        """

        async def one(part: Part) -> tuple[dict[int, Item], int]:
            found, dropped = findings.by_line(await ask(part), part)
            if rest := [line for line in part if line.number not in found]:
                again, more = findings.by_line(await ask(rest), rest)
                found, dropped = {**found, **again}, dropped + more
            return found, dropped

        results = await self._each(self._written_parts(), one)
        found = {number: item for some, _ in results for number, item in some.items()}
        missing = len(self._lines) - len(found)
        if missing > (len(self._lines) // _MAY_LACK if may_lack is None else may_lack):
            raise Incomplete(f"Gemini left out {missing} of {len(self._lines)} lines.")
        message = f"{name}: Gemini left out {missing} of {len(self._lines)} lines."
        warnings = (Warned(code="lines_missing", message=message),) if missing else ()
        return found, sum(dropped for _, dropped in results), warnings

    async def _each(self, parts: Sequence[Part], one: Callable[[Part], Awaitable[T]]) -> list[T]:
        """Do ``one`` for every part, in halves where its answer is too long; the results are in order."""

        async def halving(part: Part) -> list[T]:
            try:
                return [await one(part)]
            except TooLong:
                if len(part) < 2:
                    raise
            middle = len(part) // 2
            return [*await halving(part[:middle]), *await halving(part[middle:])]

        return [result for some in await together(halving(part) for part in parts) for result in some]

    async def _ask(self, question: Question, shape: type[Shape]) -> Shape:
        async with self._limit:
            answer = await self._calls.ask(question, shape)
        self._answered += 1
        # Second passes and halves come on top of what was counted, so the end is never promised.
        await self._report.progress(self._answered / (max(self._expected, self._answered) + 1))
        return answer
