"""Gemini as an analyst of texts."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.features import Features
from ...domain.transcript import Segment
from ...errors import EngineUnavailable
from ...settings import Settings
from ..protocol import Analysis, Reporter


class GeminiAnalyst:
    """The analyst."""

    name = "gemini"

    def __init__(self, settings: Settings) -> None:
        """Use the key of ``settings``."""
        self._settings = settings

    def features(self) -> frozenset[str]:
        """Return what it delivers."""
        return frozenset()

    async def analyse(
        self,
        segments: Sequence[Segment],
        language: str | None,
        wanted: Features,
        report: Reporter,
    ) -> Analysis:
        """Find out what is wanted of the text."""
        raise EngineUnavailable(f"This analyst is being built: {len(segments)} {language} {wanted} {report}")
