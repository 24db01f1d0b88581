"""A recording that is long for these tests: its transcription waits, and an engine that says what it was given."""

from __future__ import annotations

import asyncio
import io
import struct
import wave
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import msgspec
from reelscribe.platform import db, storage
from reelscribe.platform.domain.transcript import Segment
from reelscribe.platform.engines.protocol import Capabilities, Request, Transcription, Warned
from reelscribe.platform.services import jobs, stages
from reelscribe.platform.services.job_views import JobView
from reelscribe.platform.services.stages import Finished

from tests.platform.services.factories import identity, media, waiting_message

RATE = 16_000
SECONDS = 50
PIECES = 5  # of ten seconds

Answer = Callable[[Request], object]


class Engine:
    """Says for each piece what it was given; ``before`` may raise or wait."""

    name = "stub"

    def __init__(self, *, model: str = "m1", before: Answer | None = None) -> None:
        self.requests: list[Request] = []
        self._model = model
        self._before = before

    @property
    def offsets(self) -> list[float]:
        """Where the pieces began that were asked for."""
        return [request.offset for request in self.requests]

    def capabilities(self) -> Capabilities:
        return Capabilities(languages=None, word_times=False, diarizes=False, in_pieces=True)

    async def transcribe(self, request: Request, report) -> Transcription:
        self.requests.append(request)
        waiting = self._before(request) if self._before else None
        if asyncio.iscoroutine(waiting):
            await waiting
        text = f"from second {first_sample(request)}"
        heard = (Segment(id="s1", start=0.5, end=request.duration, text=text),)
        await report.progress(1.0)
        await report.partial(heard)
        told = (Warned(code="rough", message=f"from {request.offset:.0f} s on"),)
        return Transcription(
            engine="stub", model=self._model, language=request.language or "de", segments=heard, warnings=told
        )


def first_sample(request: Request) -> int:
    """The value of the file's first sample, which is the second of the whole recording that it comes from."""
    with wave.open(str(request.audio)) as file:
        assert file.getnframes() == round(request.duration * RATE)
        return int(struct.unpack("<h", file.readframes(1))[0])


def recording(seconds: int = SECONDS) -> bytes:
    """A WAV file whose samples are the number of their second; it is most quiet in the middle of each search."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", second) * RATE for second in range(seconds)))
    return content.getvalue()


async def waiting_job(user_id: UUID, *, seconds: int = SECONDS) -> JobView:
    """A job whose transcription is queued; silences lie around each tenth second."""
    wanted = jobs.NewJob(media_id=await media(user_id, seconds=float(seconds)), engine="stub")
    made = await jobs.create(identity(user_id), wanted)
    key = f"jobs/{made.id}/audio-1.wav"

    async def content():
        yield recording(seconds)

    await storage.current().put(key, content())
    await db.execute(
        "INSERT INTO silence_regions (media_id, start_seconds, end_seconds)"
        " SELECT $1, n - 0.5, n + 0.5 FROM generate_series(10, $2, 10) AS n",
        wanted.media_id,
        seconds - 1,
    )
    await finish_next(made.id, msgspec.json.encode({"audio_key": key, "duration_seconds": float(seconds)}))
    await finish_next(made.id, b"{}")
    return made


async def finish_next(job_id: UUID, result: bytes) -> None:
    """Finish the job's queued stage with ``result``."""
    claimed = await stages.claim(*await waiting_message(job_id), worker="w", lease=timedelta(seconds=30))
    assert claimed is not None
    await stages.finish(claimed, Finished(result=result))
