"""A long recording in pieces: one language, one engine's text, and every piece hears what the job says."""

from __future__ import annotations

import wave
from uuid import UUID

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.engines.protocol import Capabilities, Request, Transcription
from reelscribe.platform.errors import BadMedia, EngineFailed, Unavailable
from reelscribe.platform.services import chunks, jobs
from reelscribe.platform.settings import current

from tests.platform.services.factories import identity

from .engine_room import Engine, attempt, stage, text
from .long_talk import SECONDS, waiting_job

pytestmark = pytest.mark.usefixtures("database", "redis", "pieces_of_ten")

IN_PIECES = Capabilities(languages=None, word_times=True, diarizes=False, in_pieces=True, detects_language=True)
FIRST, SECOND = "whisperx", "faster-whisper"


@pytest.fixture
def pieces_of_ten(monkeypatch):
    monkeypatch.setenv("REELSCRIBE_CHUNK_SECONDS", "10")
    current.cache_clear()
    yield
    monkeypatch.undo()
    current.cache_clear()


class Listener(Engine):
    """Remembers what it was given to find out the language of; answers by ``hears``."""

    def __init__(self, name: str, *, hears: str | Exception | None = "nl", **wanted) -> None:
        super().__init__(name, can=IN_PIECES, **wanted)
        self.listened: list[float] = []
        self._hears = hears

    async def detect(self, request: Request) -> str | None:
        with wave.open(str(request.audio)) as file:
            self.listened.append(file.getnframes() / file.getframerate())
        if isinstance(self._hears, Exception):
            raise self._hears
        return self._hears

    async def transcribe(self, request: Request, report) -> Transcription:
        found = await super().transcribe(request, report)
        return msgspec.structs.replace(found, language=request.language or "en")


async def asked_for(job_id: UUID, **options: object) -> None:
    await db.execute(
        "UPDATE jobs SET engine = coalesce($2, engine), options = $3 WHERE id = $1",
        job_id,
        "auto" if "engines" in options else None,
        msgspec.json.encode(options).decode(),
    )


async def test_language_is_decided_once_by_windows_of_the_whole_file(user):
    made = await waiting_job(user.id)
    engine = Listener("stub")

    await attempt(made.id, engine)

    assert len(engine.listened) == 1
    assert 40 < engine.listened[0] <= SECONDS  # little more than this is speech
    assert {request.language for request in engine.requests} == {"nl"}
    assert (await text(made.id)).language == "nl"


@pytest.mark.parametrize("hears", [None, EngineFailed("no model")], ids=["nothing", "failure"])
async def test_first_piece_decides_when_nothing_else_does(user, hears):
    made = await waiting_job(user.id)
    engine = Listener("stub", hears=hears)

    await attempt(made.id, engine)

    assert [request.language for request in engine.requests] == [None, "en", "en", "en", "en"]


async def test_given_language_is_not_asked_for(user):
    made = await waiting_job(user.id)
    await db.execute("UPDATE jobs SET language = 'de' WHERE id = $1", made.id)
    engine = Listener("stub")

    await attempt(made.id, engine)

    assert engine.listened == []
    assert {request.language for request in engine.requests} == {"de"}


async def test_every_piece_hears_the_hints_and_its_own_silences(user):
    made = await waiting_job(user.id)
    await asked_for(made.id, hotwords=["Fibonacci"], prompt="A talk.")
    engine = Listener("stub")

    await attempt(made.id, engine)

    assert {(request.hotwords, request.prompt) for request in engine.requests} == {(("Fibonacci",), "A talk.")}
    # Silences lie around each tenth second, and the cuts in their middles.
    assert [span.end for span in engine.requests[1].silences] == [0.5, 10.0]


async def test_pieces_of_the_engine_that_failed_are_not_joined_with_the_others(user):
    made = await waiting_job(user.id)
    await asked_for(made.id, engines=[FIRST, SECOND])
    first = Listener(FIRST, raises=[None, None, EngineFailed("it fell over")])

    await attempt(made.id, first, Listener(SECOND))

    found = await text(made.id)
    assert {segment.text for segment in found.segments} == {f"by {SECOND}"}
    assert len(found.segments) == 5
    assert found.engine == SECOND


async def test_next_attempt_goes_on_with_the_engine_that_has_begun(user):
    made = await waiting_job(user.id)
    await asked_for(made.id, engines=[FIRST, SECOND])
    second = Listener(SECOND, raises=[None, None, BadMedia("noise")])
    await attempt(made.id, Listener(FIRST, raises=[EngineFailed("away")]), second)
    row = await stage(made.id)

    begun = await chunks.begun_by(row["id"])

    assert begun == SECOND
    assert (await jobs.get(identity(user.id), made.id)).status == "failed"


async def test_next_engine_does_it_when_the_first_does_not_answer_what_the_language_is(user):
    made = await waiting_job(user.id)
    await asked_for(made.id, engines=[FIRST, SECOND])
    first = Listener(FIRST, hears=Unavailable("no answer"))

    await attempt(made.id, first, Listener(SECOND))

    assert first.requests == []
    assert (await text(made.id)).engine == SECOND
