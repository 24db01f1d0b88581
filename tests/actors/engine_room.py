"""Engines by name that do what a test tells them, and jobs that wait for one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec
from reelscribe.actors import transcribe, work
from reelscribe.platform import db, storage
from reelscribe.platform.domain.features import Features
from reelscribe.platform.domain.transcript import Segment, Word
from reelscribe.platform.engines.protocol import Capabilities, Request, Transcription
from reelscribe.platform.errors import EngineUnavailable
from reelscribe.platform.services import jobs
from reelscribe.platform.services.job_views import JobView

from tests.platform.services.factories import identity, media, waiting_message

from .long_talk import finish_next, recording

WHOLE = Capabilities(languages=None, word_times=True, diarizes=False)
NAMES = ("whisperx", "faster-whisper", "pocketsphinx")


class Engine:
    """Says one sentence, after ``before`` has raised or not; ``told`` goes out first, as partial text."""

    def __init__(
        self,
        name: str,
        *,
        raises: Sequence[Exception | None] = (),
        told: Sequence[Segment] = (),
        can: Capabilities = WHOLE,
        refused: EngineUnavailable | None = None,
        answer: Callable[[Transcription], Transcription] = lambda text: text,
    ) -> None:
        self.name = name
        self.requests: list[Request] = []
        self._raises = list(raises)
        self._told = tuple(told)
        self._can = can
        self._refused = refused
        self._answer = answer

    def capabilities(self) -> Capabilities:
        return self._can

    def refusal(self) -> EngineUnavailable | None:
        return self._refused

    async def transcribe(self, request: Request, report) -> Transcription:
        self.requests.append(request)
        if self._told:
            await report.partial(self._told)
        error = self._raises.pop(0) if self._raises else None
        if error is not None:
            raise error
        heard = (sentence(f"by {self.name}", end=request.duration),)
        return self._answer(Transcription(engine=self.name, model="m", language="en", segments=heard))

    async def detect(self, request: Request) -> str | None:
        self.requests.append(request)
        return "nl"


def sentence(text: str, *, end: float = 2.0, speaker: str | None = None) -> Segment:
    words = tuple(Word(start=0.0, end=end, text=word, speaker=speaker) for word in text.split())
    return Segment(id="s1", start=0.0, end=end, text=text, words=words, speaker=speaker)


def room(*engines: Engine) -> Callable[[str], Engine]:
    by_name = {engine.name: engine for engine in engines}
    return lambda name: by_name[name]


async def waiting(
    user_id: UUID,
    *,
    engine: str = "auto",
    engines: tuple[str, ...] = NAMES,
    features: Features = Features(),  # noqa: B008 - frozen
    **wanted: object,
) -> JobView:
    """A job of three seconds whose transcription waits in its queue; what it asks of engines is not judged."""
    order = {"engines": engines if engine == "auto" else None}
    request = jobs.NewJob(media_id=await media(user_id, seconds=3.0), engine="stub", features=features, **wanted)
    made = await jobs.create(identity(user_id), request)
    options = msgspec.structs.replace(request, **order).options
    await db.execute(
        "UPDATE jobs SET engine = $2, options = $3 WHERE id = $1",
        made.id,
        engine,
        msgspec.json.encode(options).decode(),
    )
    key = f"jobs/{made.id}/audio-1.wav"

    async def content():
        yield recording(3)

    await storage.current().put(key, content())
    await finish_next(made.id, msgspec.json.encode({"audio_key": key, "duration_seconds": 3.0}))
    await finish_next(made.id, b"{}")
    return made


async def attempt(job_id: UUID, *engines: Engine) -> None:
    """One delivery of the job's transcription."""
    await db.execute("UPDATE stages SET due_at = now() WHERE job_id = $1 AND status = 'queued'", job_id)
    found = room(*engines)
    await work.perform(*await waiting_message(job_id), lambda stage, report: transcribe.work(stage, report, found))


async def stage(job_id: UUID, name: str = "transcribe") -> db.Row:
    row = await db.fetch_one("SELECT * FROM stages WHERE job_id = $1 AND name = $2", job_id, name)
    assert row is not None
    return row


async def text(job_id: UUID) -> Transcription:
    return msgspec.json.decode((await stage(job_id))["result"], type=Transcription)


async def statuses(job_id: UUID) -> dict[str, str]:
    rows = await db.fetch("SELECT name, status FROM stages WHERE job_id = $1", job_id)
    return {row["name"]: row["status"] for row in rows}
