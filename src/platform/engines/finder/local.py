"""The local analyst as a ``Finder``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ...domain.clips import ClipsWanted, ContentSegment
from ...domain.cohesion import analysis
from ...domain.sentences import Sentence
from ...errors import EngineFailed, EngineUnavailable
from ..languages import base
from ..protocol import Found, Reporter, Warned

MODEL = "cohesion-1"


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
    from . import lexicons  # the stop words of all languages are read on import

    spoken = language or lexicons.guessed(sentence.text for sentence in sentences)
    return analysis.find(sentences, spoken, wanted, lexicons.lexicon(spoken)), ()
