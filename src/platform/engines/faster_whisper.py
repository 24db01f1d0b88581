"""faster-whisper in a child process: many languages, light, no torch."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..errors import EngineUnavailable
from ..settings import Settings
from . import by_child, hub, languages, models
from .messages import Open
from .pool import Pool
from .protocol import Capabilities, Diarization, Reporter, Request, Transcription

# What says that the model is at fault, not this one request.
_LASTING = frozenset({"hub", "model"})


class FasterWhisper:
    """The engine; its model is named by the request or by the settings."""

    name = "faster-whisper"

    def __init__(self, settings: Settings, pool: Pool, *, environ: Mapping[str, str]) -> None:
        """Work in the processes of ``pool``; ``environ`` says where the model hub is."""
        self._settings = settings
        self._pool = pool
        self._environ = environ
        self._refusals = hub.Refusals()

    def capabilities(self) -> Capabilities:
        """Return what it can do; the languages are those of multilingual models."""
        english_only = self._settings.whisper_model.endswith(".en")
        return Capabilities(
            languages=languages.ENGLISH if english_only else languages.WHISPER,
            word_times=True,
            diarizes=by_child.can_diarize(),
            in_pieces=True,
        )

    def refusal(self) -> EngineUnavailable | None:
        """Say nothing against it."""
        return None

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Turn speech into timed text with word times.

        Raises:
            EngineUnavailable: there is no such model, it cannot be downloaded, or it lacks the language.
            EngineFailed: the child died or its library failed.
            BadMedia: the audio file is not as the protocol says.
        """
        model = models.chosen(request.model, self._settings)
        await self._expect(model)
        try:
            return await by_child.transcribe(self._pool, self._order(model), request, report)
        except EngineUnavailable as exc:
            if exc.facts.get("cause") in _LASTING:
                self._refusals.remember(model, exc)
            raise

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
        """Find out the language; errors as of ``transcribe``."""
        model = models.chosen(request.model, self._settings)
        await self._expect(model)
        return await by_child.detect(self._pool, self._order(model), request)

    async def close(self) -> None:
        """End all child processes."""
        await self._pool.close()

    async def _expect(self, model: models.Model) -> None:
        known = self._refusals.of(model)
        if known is not None:
            raise EngineUnavailable(known.message, hint=known.hint, **known.facts)
        if model.present:
            return
        refusal = await hub.refusal(model, environ=self._environ)
        if refusal is not None:
            self._refusals.remember(model, refusal)
            raise refusal

    def _order(self, model: models.Model) -> Open:
        return Open(
            engine=self.name,
            model=model.name,
            folder=str(model.folder.absolute()),
            repository=model.repository,
            threads=self._settings.engine_threads or cores(),
            device=self._settings.engine_device,
        )


def cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
