"""An engine whose work is done elsewhere: it asks a provider over HTTP, and the chaos breaks that one."""

from __future__ import annotations

import httpx
from reelscribe.platform.engines import stub
from reelscribe.platform.engines.protocol import Capabilities, Diarization, Reporter, Request, Transcription
from reelscribe.platform.errors import EngineFailed, Unavailable

_TIMEOUT = httpx.Timeout(3.0, connect=2.0)


class Flaky:
    """The engine; ``provider`` is the address of the one who really does the work."""

    name = "flaky"

    def __init__(self, provider: str) -> None:
        self._provider = provider

    def capabilities(self) -> Capabilities:
        return Capabilities(languages=None, word_times=True, diarizes=False, takes_text=True)

    def refusal(self) -> None:
        """Say nothing against it."""

    async def transcribe(self, request: Request, report: Reporter) -> Transcription:
        """Send the text file away and take what comes back for the transcript.

        Raises:
            Unavailable: nobody answers, or the provider asks us to come later.
            EngineFailed: it could not do it.
        """
        segments = stub.spoken(await self._asked(stub.read_text(request.audio)))
        await report.partial(segments)
        return Transcription(engine=self.name, model="remote", language=request.language, segments=segments)

    async def _asked(self, text: str) -> str:
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
                answer = await client.post(self._provider, content=text.encode())
        except httpx.TransportError as exc:
            raise Unavailable(f"The provider does not answer: {exc!r}") from exc
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise Unavailable("The provider is busy", retry_after=float(answer.headers["Retry-After"]))
        if answer.is_error:
            raise EngineFailed(f"The provider answered {answer.status_code}")
        return answer.text

    async def align(self, request: Request, transcription: Transcription, report: Reporter) -> Transcription:
        return transcription

    async def diarize(self, request: Request, report: Reporter) -> Diarization:
        return Diarization(turns=())

    async def detect(self, request: Request) -> None:
        """Say nothing: it does not listen."""

    async def close(self) -> None:
        """Do nothing: there is no child process."""
