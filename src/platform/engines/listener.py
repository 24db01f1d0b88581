"""What engines with Whisper models share: which model a request means, whether it can be had, and the child's order."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..errors import EngineUnavailable
from ..settings import Settings
from . import by_child, hub, models
from .messages import Open
from .pool import Pool
from .protocol import Reporter, Request, Transcription


class Listener:
    """Has children of one engine listen."""

    def __init__(
        self, engine: str, settings: Settings, pool: Pool, *, default: str, environ: Mapping[str, str]
    ) -> None:
        """Use the model ``default`` where a request names none; ``environ`` says where the model hub is."""
        self._engine = engine
        self._settings = settings
        self._pool = pool
        self._default = default
        self._gate = hub.Gate(environ=environ)

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Turn speech into text.

        Raises:
            EngineUnavailable: there is no such model, it cannot be downloaded or loaded, or it lacks the language.
            EngineFailed: the child died or its library failed.
            BadMedia: the audio file is not as the protocol says.
        """
        model = await self._expected(request)
        try:
            return await by_child.transcribe(self._pool, self._order(model), request, report)
        except EngineUnavailable as exc:
            self._gate.remember(model, exc)
            raise

    async def detect(self, request: Request) -> str | None:
        """Find out the language; errors as of ``transcribe``."""
        model = await self._expected(request)
        try:
            return await by_child.detect(self._pool, self._order(model), request)
        except EngineUnavailable as exc:
            self._gate.remember(model, exc)
            raise

    async def _expected(self, request: Request) -> models.Model:
        model = models.chosen(request.model or self._default, self._settings)
        await self._gate.expect(model)
        return model

    def _order(self, model: models.Model) -> Open:
        return Open(
            engine=self._engine,
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
