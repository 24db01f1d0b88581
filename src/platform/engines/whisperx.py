"""WhisperX in child processes: batched Whisper, then words timed by wav2vec2 and speakers by pyannote.

Needs the optional extra with torch. Only the children import it; here it is only looked for.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping

from ..errors import EngineUnavailable
from ..settings import Settings
from . import alignment, languages, separation
from .listener import Listener
from .pool import Pool
from .protocol import Capabilities, Diarization, Reporter, Request, Transcription


class WhisperX:
    """The engine; its model is named by the request or by the settings."""

    name = "whisperx"

    def __init__(self, settings: Settings, pool: Pool, *, environ: Mapping[str, str] = os.environ) -> None:
        """Work in the processes of ``pool``; ``environ`` says where the model hub is."""
        self._settings = settings
        self._pool = pool
        self._environ = environ
        self._listener = Listener(self.name, settings, pool, default=settings.whisperx_model, environ=environ)

    def capabilities(self) -> Capabilities:
        """Return what it can do; word times come from ``align``, the text itself has none."""
        english_only = self._settings.whisperx_model.endswith(".en")
        return Capabilities(
            languages=languages.ENGLISH if english_only else languages.WHISPER,
            word_times=True,
            diarizes=True,
            detects_language=True,
            in_pieces=True,
            takes_hints=True,
        )

    def refusal(self) -> EngineUnavailable | None:
        """Return why it can do nothing here: it is not installed."""
        if importlib.util.find_spec("whisperx") is not None:
            return None
        return EngineUnavailable(
            "WhisperX is not installed on this machine.",
            hint="An administrator can install it: './run whisperx' in a copy of the program, "
            'or pip install "reelscribe[whisperx]" (about 8 GB, Python 3.11 to 3.13).',
            cause="not_installed",
        )

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Turn speech into timed text without words, which ``align`` adds; errors as of ``Listener.transcribe``."""
        self._expect()
        return await self._listener.transcribe(request, report)

    async def align(self, request: Request, transcription: Transcription, report: Reporter) -> Transcription:
        """Give each word its time; errors as of ``alignment.align``."""
        return await alignment.align(self._pool, self._settings, request, transcription, report, environ=self._environ)

    async def diarize(self, request: Request, report: Reporter) -> Diarization:
        """Tell speakers apart; errors as of ``separation.diarize``."""
        return await separation.diarize(self._pool, self._settings, request, report, environ=self._environ)

    async def detect(self, request: Request) -> str | None:
        """Find out the language of most of the speech; errors as of ``transcribe``."""
        self._expect()
        return await self._listener.detect(request)

    async def close(self) -> None:
        """End all child processes."""
        await self._pool.close()

    def _expect(self) -> None:
        reason = self.refusal()
        if reason is not None:
            raise reason
