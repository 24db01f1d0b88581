"""The local analyst as a ``Finder``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ...domain.clips import ClipsWanted, ContentSegment
from ...domain.cohesion import analysis, reasons
from ...domain.sentences import Sentence
from ...errors import EngineFailed, EngineUnavailable
from ..languages import base
from ..protocol import Found, Reporter, Warned

MODEL = "cohesion-1"
_NOT_FOUND = Warned(
    code="about_not_found",
    message="None of the words that you asked for is said in this recording; the clips are the best of all of it.",
)


class LocalFinder:
    """Finds thoughts by lexical cohesion; the same text gives the same clips."""

    name = "local"

    def refusal(self) -> EngineUnavailable | None:
        """Return None: it needs nothing."""
        return None

    async def find(
        self, sentences: Sequence[Sentence], language: str | None, wanted: ClipsWanted, report: Reporter
    ) -> Found:
        """Return 1 to 15 whole thoughts; some seconds of work for twelve hours of talk, in a thread.

        Raises:
            EngineFailed: there are no sentences.
        """
        if not sentences:
            raise EngineFailed("Nothing is said in this recording, so there is nothing to choose.")
        await report.progress(0.05)
        segments, warnings = await asyncio.to_thread(_found, sentences, base(language), wanted)
        await report.progress(1.0)
        return Found(finder=self.name, model=MODEL, segments=segments, warnings=warnings)


def _found(
    sentences: Sequence[Sentence], language: str | None, wanted: ClipsWanted
) -> tuple[tuple[ContentSegment, ...], tuple[Warned, ...]]:
    from . import lexicons  # it reads the stop words of all languages

    spoken = language or lexicons.guessed(sentence.text for sentence in sentences)
    segments = analysis.find(sentences, spoken, wanted, lexicons.lexicon(spoken))
    is_met = not wanted.about.strip() or any(reasons.names_a_match(each.reason) for each in segments)
    return segments, () if is_met else (_NOT_FOUND,)
