"""One recording at AssemblyAI, from upload to result.

1. Take up the transcript that an earlier attempt asked for, where the reporter remembers one; else
2. upload the recording and ask for its transcript, without what this recording cannot have;
3. ask for its state until it has ended, through failures that pass;
4. read it, have a summary written where one is wanted, and delete it there where that is set.

Cancelled at any of these, the transcript is deleted, and the uploaded file with it; unless another worker goes on with
the job, which takes it up. A file without a transcript cannot be deleted; AssemblyAI does so after a day or two:
https://www.assemblyai.com/docs/data-retention-and-model-training.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
import time
from collections.abc import AsyncIterator

import msgspec

from ... import logs
from ...domain import features
from ...errors import EngineFailed, EngineUnavailable, ReelscribeError, Unavailable
from ..languages import base
from ..protocol import GOES_ON, Memory, Reporter, Request, Transcription, Usage, Warned
from . import answers, asking, reading, refusals, writing
from .client import Client, Counted, Pace

log = logs.get("assemblyai")

NAME = "assemblyai"

# Shares of the whole in the progress: uploading ends at the first, waiting at the second.
_UPLOADED, _TRANSCRIBED = 0.15, 0.95


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What the next attempt has to know; ``asked`` is a digest of all that was asked for."""

    id: str
    asked: str
    refused: tuple[str, ...] = ()


def noted(text: str | None) -> Note | None:
    """Return what a reporter remembers; None where that is nothing, or another engine's note."""
    try:
        return msgspec.json.decode(text, type=Note) if text else None
    except msgspec.DecodeError:
        return None


class Job:
    """The work on one request."""

    def __init__(self, client: Client, request: Request, report: Reporter, *, pace: Pace, delete: bool) -> None:
        """Work through ``client``; ``delete`` the transcript there when all is read."""
        self._client = client
        self._request = request
        self._report = report
        self._pace = pace
        self._delete = delete
        self._order = asking.order(request)
        self._refused: tuple[str, ...] = ()
        self._submitting: asyncio.Task[str] | None = None
        self._id: str | None = None

    async def run(self) -> Transcription:
        """Return the transcription; errors as the protocol says."""
        try:
            self._id = await self._taken_up() or await self._begun()
            return await self._result(await self._ended(self._id))
        except asyncio.CancelledError as exc:
            if exc.args == (GOES_ON,) and isinstance(self._report, Memory):
                await self._leave(self._report)
            else:
                await self._dismiss()
            raise

    async def _taken_up(self) -> str | None:
        note = noted(await self._report.remembered()) if isinstance(self._report, Memory) else None
        if note is None or note.asked != self._asked():
            return None
        try:
            transcript = await self._client.get(note.id)
        except EngineUnavailable:  # not there any more, or not ours
            return None
        if transcript.is_deleted or transcript.status == "error":
            return None
        if note.refused:
            self._order = self._order.without(note.refused)
        log.info("transcript_taken_up", transcript_id=note.id)
        return note.id

    def _asked(self) -> str:
        parameters = msgspec.json.encode(asking.order(self._request).parameters, order="sorted")
        return hashlib.sha256(parameters + str(self._request.duration).encode()).hexdigest()[:32]

    async def _begun(self) -> str:
        url = await self._uploaded()
        # A transcript that is being asked for when the job is cancelled has to be deleted too, so it gets its answer.
        self._submitting = asyncio.create_task(self._submitted(url))
        transcript_id = await asyncio.shield(self._submitting)
        if isinstance(self._report, Memory):
            await self._remember(self._report, transcript_id)
        return transcript_id

    async def _remember(self, memory: Memory, transcript_id: str) -> None:
        note = Note(id=transcript_id, asked=self._asked(), refused=self._refused)
        await memory.remember(msgspec.json.encode(note).decode())

    async def _uploaded(self) -> str:
        try:
            audio = await asyncio.to_thread(Counted, self._request.audio)
        except OSError as exc:
            raise EngineFailed(f"The recording cannot be read: {exc.strerror or exc}.") from exc
        try:
            async with self._telling(audio):
                return await self._client.upload(audio)
        finally:
            audio.close()

    @contextlib.asynccontextmanager
    async def _telling(self, audio: Counted) -> AsyncIterator[None]:
        async def tell() -> None:
            while True:
                await asyncio.sleep(self._pace.poll)
                await self._report.progress(_UPLOADED * audio.sent / max(audio.size, 1))

        teller = asyncio.create_task(tell())
        try:
            yield
        finally:
            teller.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await teller

    async def _submitted(self, url: str) -> str:
        try:
            return await self._accepted(url)
        except EngineUnavailable as exc:
            self._refused = tuple(refusals.lacking(exc.message, sorted(self._order.wanted)))
            if not self._refused:
                raise
            self._order = self._order.without(self._refused)
        return await self._accepted(url)

    async def _accepted(self, url: str) -> str:
        try:
            return await self._client.submit(url, self._order)
        except (EngineFailed, Unavailable):
            # It may have been accepted, and be paid, with only the answer lost.
            with contextlib.suppress(ReelscribeError):
                found = await self._client.find(url)
                if found is not None:
                    return found
            raise

    async def _ended(self, transcript_id: str) -> answers.Transcript:
        """Return the transcript once it is completed or has failed.

        Raises:
            EngineFailed, Unavailable: AssemblyAI has failed for too long; the transcript may go on there.
        """
        began, failed = time.monotonic(), 0
        while True:
            try:
                transcript = await self._client.get(transcript_id)
            except (EngineFailed, Unavailable) as exc:
                failed += 1
                if failed >= self._pace.failed_polls:
                    raise
                pause = refusals.pause(exc, self._pace.poll * 2**failed)
            else:
                failed, pause = 0, self._pace.poll
                if transcript.is_deleted:
                    raise EngineFailed("Somebody deleted the transcript at AssemblyAI before it was read.")
                if transcript.status in ("completed", "error"):
                    return transcript
            await self._report.progress(waited(time.monotonic() - began, self._request.duration))
            await asyncio.sleep(pause)

    async def _result(self, transcript: answers.Transcript) -> Transcription:
        says = " ".join((transcript.error or "").split())[:300]
        if transcript.status == "error" and not refusals.is_silent(says):
            await self._tidied_up()
            raise refusals.of_transcript(says)
        result = self._read(transcript)
        if features.SUMMARY in self._order.wanted and result.segments:
            result = await writing.summarised(self._client, result, pace=self._pace)
        warnings = (*result.warnings, *await self._tidied_up())
        await self._report.partial(result.segments)
        await self._report.progress(1.0)
        return msgspec.structs.replace(result, warnings=warnings)

    def _read(self, transcript: answers.Transcript) -> Transcription:
        found = reading.found(transcript, self._order.wanted, duration=self._request.duration)
        models = self._order.parameters["speech_models"]
        return Transcription(
            engine=NAME,
            model=transcript.speech_model_used or (models[0] if isinstance(models, list) else ""),
            language=found.language or base(self._request.language),
            segments=found.segments,
            warnings=(*self._order.warnings, *found.warnings),
            insights=found.insights,
            features_done=found.done,
            usage=Usage(audio_seconds=transcript.audio_duration or self._request.duration, requests=1),
        )

    async def _tidied_up(self) -> tuple[Warned, ...]:
        """Delete the transcript where that is set; what could not be deleted is said, because somebody relies on it."""
        if not self._delete or self._id is None:
            return ()
        try:
            await self._client.delete(self._id)
        except ReelscribeError as exc:
            log.warning("transcript_not_deleted", transcript_id=self._id, error=exc.message)
            message = f"The recording and its text are still at AssemblyAI (transcript {self._id}): {exc.message}"
            return (Warned(code="not_deleted", message=message),)
        return ()

    async def _leave(self, memory: Memory) -> None:
        """Leave the transcript to whoever goes on with this job, and have its id be known to them."""
        if self._id is None and self._submitting is not None:
            with contextlib.suppress(ReelscribeError, TimeoutError):
                async with asyncio.timeout(self._pace.goodbye):
                    await self._remember(memory, await self._submitting)

    async def _dismiss(self) -> None:
        """Delete what a cancelled job leaves there, as far as a few seconds allow."""
        try:
            async with asyncio.timeout(self._pace.goodbye):
                if self._id is None and self._submitting is not None:
                    self._id = await self._submitting
                if self._id is not None:
                    await self._client.delete(self._id)
        except (ReelscribeError, TimeoutError) as exc:
            log.warning("transcript_not_deleted", transcript_id=self._id, error=str(exc) or "it took too long")


def waited(seconds: float, duration: float) -> float:
    """Return the progress after waiting for ``seconds``, nearing its end without reaching it: AssemblyAI tells none.

    A minute of sound takes about two seconds, and any job some ten more.

    >>> round(waited(0, 600), 2), round(waited(30, 600), 2), round(waited(3600, 600), 2)
    (0.15, 0.66, 0.95)
    """
    expected = 10.0 + duration / 30.0
    return _UPLOADED + (_TRANSCRIBED - _UPLOADED) * (1.0 - math.exp(-seconds / expected))
