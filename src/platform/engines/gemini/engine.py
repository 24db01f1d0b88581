"""Gemini as an engine."""

from __future__ import annotations

from ...errors import EngineUnavailable
from ...settings import Settings
from ..pool import Pool
from ..protocol import Capabilities, Diarization, Reporter, Request, Transcription


class Gemini:
    """The engine."""

    name = "gemini"

    def __init__(self, settings: Settings, pool: Pool) -> None:
        """Diarize in the processes of ``pool``."""
        self._settings = settings
        self._pool = pool

    def capabilities(self) -> Capabilities:
        """Return what it can do."""
        return Capabilities(languages=None, word_times=True, diarizes=False)

    def refusal(self) -> EngineUnavailable | None:
        """Return why it can do nothing here."""
        return EngineUnavailable("This engine is being built.")

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:  # noqa: ARG002
        """Turn speech into timed text."""
        raise EngineUnavailable("This engine is being built.")

    async def align(self, request: Request, transcription: Transcription, report: Reporter) -> Transcription:  # noqa: ARG002
        """Return the input."""
        return transcription

    async def diarize(self, request: Request, report: Reporter) -> Diarization:  # noqa: ARG002
        """Tell speakers apart."""
        raise EngineUnavailable("This engine is being built.")

    async def detect(self, request: Request) -> str | None:  # noqa: ARG002
        """Say nothing."""
        return None

    async def close(self) -> None:
        """End all child processes."""
        await self._pool.close()
