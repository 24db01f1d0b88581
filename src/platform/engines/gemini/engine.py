"""Gemini as an engine: stretches with speech are sent one by one, and what comes back is put in its place.

1. What is silent is never sent, so nothing can be invented there; a silent recording is not sent at all.
2. The stretches are cut in silences and are three minutes at most, so that times cannot drift and a failure costs
   one of them.
3. The language is asked for until the first stretch with speech has told it, then given to all others.
4. Each answer is checked (``heard``); an answer too long to be written is asked for in halves.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...errors import EngineUnavailable
from ...settings import Settings
from .. import alignment, by_child
from ..pool import Pool
from ..protocol import Capabilities, Diarization, Reporter, Request, Transcription
from .listening import Listening, detected, silences_of
from .patience import Patience
from .session import no_key, opened


class Gemini:
    """The engine; Google's SDK is loaded at the first request."""

    name = "gemini"

    def __init__(
        self,
        settings: Settings,
        pool: Pool,
        *,
        patience: Patience | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """Use the key of ``settings``; diarize and align in the processes of ``pool``."""
        self._settings = settings
        self._pool = pool
        self._patience = patience or Patience()
        self._environ = environ

    def capabilities(self) -> Capabilities:
        """Return what it can do."""
        return Capabilities(
            languages=None,
            word_times=False,
            diarizes=by_child.can_diarize(),
            detects_language=True,
            in_pieces=True,
            takes_hints=True,
            is_remote=True,
        )

    def refusal(self) -> EngineUnavailable | None:
        """Return that there is no key."""
        return no_key(self._settings)

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Write down what is said, with the times of sentences.

        Raises:
            EngineUnavailable: no key, or the key, the quota or the model is refused.
            EngineFailed: Gemini stayed busy, refuses the content, or its answers cannot be used.
            Unavailable: it cannot be reached.
            BadMedia: the audio file is not as the protocol says.
        """
        silences = await silences_of(request)
        async with opened(self._settings, request.model, self._patience) as calls:
            return await Listening(calls, request, report, silences).transcribe()

    async def align(self, request: Request, transcription: Transcription, report: Reporter) -> Transcription:
        """Give each word its time by WhisperX's aligner; without it they are guessed, and a warning says so."""
        return await alignment.align(self._pool, self._settings, request, transcription, report, environ=self._environ)

    async def diarize(self, request: Request, report: Reporter) -> Diarization:
        """Tell speakers apart by our own models."""
        return await by_child.diarize(self._pool, request, report)

    async def detect(self, request: Request) -> str | None:
        """Return the language of the first minutes with speech; errors as of ``transcribe``."""
        silences = await silences_of(request)
        async with opened(self._settings, request.model, self._patience) as calls:
            return await detected(calls, request, silences)

    async def close(self) -> None:
        """End all child processes."""
        await self._pool.close()
