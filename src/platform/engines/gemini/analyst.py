"""Gemini as an analyst of texts.

``lines`` numbers a text and finds its parts again, ``asking`` has the questions, ``shapes`` the answers, ``findings``
and ``improving`` check them, ``reading`` asks. Passages for clips are chosen likewise by ``highlights``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.features import IMPROVED, SUMMARY, TRANSLATION, Features
from ...domain.insights import Insights
from ...domain.transcript import Segment
from ...settings import Settings
from ..languages import base
from ..protocol import Analysis, Reporter
from .patience import Patience
from .reading import Reading
from .session import no_key, opened

FEATURES = frozenset(
    {
        SUMMARY,
        IMPROVED,
        TRANSLATION,
        "auto_chapters",
        "auto_highlights",
        "entity_detection",
        "sentiment_analysis",
    }
)


class GeminiAnalyst:
    """The analyst; Google's SDK is loaded at the first request."""

    name = "gemini"

    def __init__(self, settings: Settings, *, patience: Patience | None = None) -> None:
        """Use the key of ``settings``."""
        self._settings = settings
        self._patience = patience or Patience()

    def features(self) -> frozenset[str]:
        """Return what it delivers: nothing without a key."""
        return frozenset() if no_key(self._settings) else FEATURES

    async def analyse(
        self, segments: Sequence[Segment], language: str | None, wanted: Features, report: Reporter
    ) -> Analysis:
        """Find out what is wanted of the text; a text without words is not sent, and nothing is done then.

        Raises:
            EngineUnavailable: no key, or the key, the quota or the model is refused.
            EngineFailed: Gemini stayed busy, or no wanted part came to anything.
            Unavailable: it cannot be reached.
        """
        names = sorted(wanted.parts() & FEATURES)
        if not names or not any(segment.text.strip() for segment in segments):
            await report.progress(1.0)
            model = self._settings.gemini_model
            return Analysis(analyst=self.name, model=model, insights=Insights(), features_done=())
        async with opened(self._settings, None, self._patience) as calls:
            return await Reading(calls, segments, base(language), wanted, report).read(names)
