"""AssemblyAI as an engine."""

from __future__ import annotations

from ...errors import EngineUnavailable
from ...settings import Settings
from ..pool import Pool
from ..protocol import Capabilities, Diarization, Reporter, Request, Transcription
from . import asking, client, refusals
from .job import NAME, Job, noted

# https://www.assemblyai.com/docs/faq/are-there-any-limits-on-file-size-or-file-duration
_LONGEST_SECONDS = 10 * 3600.0
_LARGEST_BYTES = 2_200_000_000
# What is shorter is refused there ("Audio duration is too short."), and holds no word.
_SHORTEST_SECONDS = 0.16


class AssemblyAI:
    """The engine; it keeps nothing between two requests."""

    name = NAME

    def __init__(self, settings: Settings, pool: Pool, *, pace: client.Pace = client.Pace()) -> None:  # noqa: ARG002, B008 no process; frozen
        """Work with the key and at the address of ``settings``, as patiently as ``pace`` says."""
        self._settings = settings
        self._pace = pace

    def capabilities(self) -> Capabilities:
        """Return what it can do; telling speakers apart is part of the transcription."""
        return Capabilities(
            languages=asking.LANGUAGES,
            word_times=True,
            diarizes=False,
            labels_speakers=True,
            takes_hints=True,
            is_remote=True,
            features=asking.FEATURES,
            longest_seconds=_LONGEST_SECONDS,
            largest_bytes=_LARGEST_BYTES,
        )

    def refusal(self) -> EngineUnavailable | None:
        """Return why it can do nothing here: there is no key."""
        return None if self._settings.assemblyai_api_key else refusals.no_key()

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Turn speech into timed text, with what is wanted beside it; who speaks only in dialogue mode.

        Raises:
            EngineUnavailable: no key, or AssemblyAI refuses the job, or it is beyond what AssemblyAI does.
            EngineCredentials, EngineQuota: it refuses the key, or the account is used up.
            EngineFailed, Unavailable: AssemblyAI failed or does not answer; the fact ``retry_after`` where it says so.
            BadMedia: it cannot use this recording.
        """
        refusal = self.refusal()
        if refusal is not None:
            raise refusal
        if request.duration > _LONGEST_SECONDS:
            message = "AssemblyAI takes recordings of at most 10 hours."
            raise EngineUnavailable(message, hint="Cut it, or choose another engine.")
        if request.duration < _SHORTEST_SECONDS:
            await report.progress(1.0)
            return Transcription(engine=NAME, model=asking.MODELS[0], language=request.language, segments=())
        async with await client.connect(self._settings, self._pace) as provider:
            return await Job(provider, request, report, pace=self._pace, delete=self._settings.assemblyai_delete).run()

    async def align(
        self,
        request: Request,  # noqa: ARG002 the protocol's signature
        transcription: Transcription,
        report: Reporter,
    ) -> Transcription:
        """Return the input: its words have their times already."""
        await report.progress(1.0)
        return transcription

    async def diarize(
        self,
        request: Request,  # noqa: ARG002 the protocol's signature
        report: Reporter,  # noqa: ARG002 the protocol's signature
    ) -> Diarization:
        """Refuse: who speaks is told with the text, in dialogue mode.

        Raises:
            EngineUnavailable: always.
        """
        raise EngineUnavailable("AssemblyAI tells speakers apart only while it transcribes.", hint="Use dialogue mode.")

    async def detect(self, request: Request) -> str | None:  # noqa: ARG002 the protocol's signature
        """Say nothing: it would cost as much as the transcription."""
        return None

    async def forget(self, note: str) -> bool:
        """Delete the transcript of a cancelled job, and its upload with it; False where nothing is there any more.

        Raises:
            EngineUnavailable: AssemblyAI knows no such transcript, or refuses the key.
            EngineFailed, Unavailable: AssemblyAI failed or does not answer.
        """
        known = noted(note)
        if known is None:
            return False
        async with await client.connect(self._settings, self._pace) as provider:
            if (await provider.get(known.id)).is_deleted:
                return False
            await provider.delete(known.id)
        return True

    async def close(self) -> None:
        """Do nothing: connections end with their request."""
