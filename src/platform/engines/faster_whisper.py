"""faster-whisper in a child process: many languages, light, no torch."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import EngineUnavailable
from ..settings import Settings
from . import by_child, languages
from .listener import Listener
from .listener import cores as cores
from .pool import Pool
from .protocol import Capabilities, Diarization, Reporter, Request, Transcription


class FasterWhisper:
    """The engine; its model is named by the request or by the settings."""

    name = "faster-whisper"

    def __init__(self, settings: Settings, pool: Pool, *, environ: Mapping[str, str]) -> None:
        """Work in the processes of ``pool``; ``environ`` says where the model hub is."""
        self._model = settings.whisper_model
        self._pool = pool
        self._listener = Listener(self.name, settings, pool, default=self._model, environ=environ)

    def capabilities(self) -> Capabilities:
        """Return what it can do; the languages are those of multilingual models."""
        return Capabilities(
            languages=languages.ENGLISH if self._model.endswith(".en") else languages.WHISPER,
            word_times=True,
            diarizes=by_child.can_diarize(),
            detects_language=True,
            in_pieces=True,
            takes_hints=True,
        )

    def refusal(self) -> EngineUnavailable | None:
        """Say nothing against it."""
        return None

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Turn speech into timed text with word times; errors as of ``Listener.transcribe``."""
        return await self._listener.transcribe(request, report)

    async def align(
        self,
        request: Request,  # noqa: ARG002 the protocol's signature
        transcription: Transcription,
        report: Reporter,
    ) -> Transcription:
        """Return the input: its words have their times already."""
        await report.progress(1.0)
        return transcription

    async def diarize(self, request: Request, report: Reporter) -> Diarization:
        """Tell speakers apart."""
        return await by_child.diarize(self._pool, request, report)

    async def detect(self, request: Request) -> str | None:
        """Find out the language of most of the speech; errors as of ``transcribe``."""
        return await self._listener.detect(request)

    async def close(self) -> None:
        """End all child processes."""
        await self._pool.close()
