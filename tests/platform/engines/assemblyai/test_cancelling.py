"""Nothing stays at AssemblyAI of a job that was cancelled, and a second attempt does not pay twice."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest
from reelscribe.platform.engines.assemblyai.engine import AssemblyAI
from reelscribe.platform.engines.protocol import GOES_ON, Memory
from reelscribe.platform.errors import EngineFailed, Unavailable

from tests.platform.engines.assemblyai.conftest import (
    DELETE,
    PACE,
    POLL,
    SUBMIT,
    UPLOAD,
    WRITE,
    MakeEngine,
    MakeRequest,
    Remembering,
    understanding,
)
from tests.platform.engines.conftest import Notes
from tests.stand_ins.assemblyai import Server
from tests.stand_ins.assemblyai_traffic import Fault

SUMMARY = {"llm_gateway": {"enabled": True}}


@pytest.fixture
def memory() -> Remembering:
    return Remembering()


async def cancelled_at(provider: Server, work: asyncio.Task[object], route: str, reason: str | None = None) -> None:
    """Cancel ``work`` once it has asked for ``route``, and wait for its end."""
    await asyncio.to_thread(provider.wait_for, route)
    work.cancel(reason)
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_cancel_while_it_is_transcribed_deletes_transcript_and_upload(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.is_endless = True
    work = asyncio.create_task(engine.transcribe(recording(), notes))

    await cancelled_at(provider, work, POLL)

    assert provider.routes()[-1] == DELETE
    assert (provider.deleted, provider.uploads) == (set(provider.transcripts), {})
    provider.is_endless = False
    assert (await engine.transcribe(recording(language="en"), Notes())).segments


async def test_cancel_while_it_is_asked_for_deletes_what_came_of_it(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.is_endless = True
    work = asyncio.create_task(engine.transcribe(recording(), notes))

    await cancelled_at(provider, work, SUBMIT)

    assert len(provider.transcripts) == 1
    assert provider.deleted == set(provider.transcripts)


async def test_cancel_while_the_summary_is_written_deletes_the_transcript(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.fail(WRITE, Fault(silent=True))
    work = asyncio.create_task(engine.transcribe(recording(language="en", features=SUMMARY), notes))

    await cancelled_at(provider, work, WRITE)

    assert provider.deleted == set(provider.transcripts)
    assert notes.segments == []


async def test_cancel_while_it_is_uploaded_asks_for_nothing(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.fail(UPLOAD, Fault(silent=True))
    work = asyncio.create_task(engine.transcribe(recording(), notes))

    await cancelled_at(provider, work, UPLOAD)

    assert provider.routes() == [UPLOAD]


@pytest.mark.parametrize("fault", [Fault(500, "{}"), Fault(silent=True)], ids=["refused", "unanswered"])
async def test_cancel_ends_although_nothing_can_be_deleted(
    provider: Server, make_engine: MakeEngine, recording: MakeRequest, notes: Notes, fault: Fault
) -> None:
    provider.is_endless = True
    provider.fail(DELETE, fault)
    engine = make_engine(pace=msgspec.structs.replace(PACE, goodbye=0.2))
    work = asyncio.create_task(engine.transcribe(recording(), notes))

    await cancelled_at(provider, work, POLL)

    assert provider.deleted == set()


async def test_second_attempt_takes_up_the_transcript_of_the_first(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, memory: Remembering
) -> None:
    provider.fail(POLL, *[Fault(500, "{}")] * PACE.failed_polls)
    with pytest.raises(Unavailable):
        await engine.transcribe(recording(language="en"), memory)

    result = await engine.transcribe(recording(language="en"), memory)

    assert result.segments
    assert isinstance(memory, Memory)
    assert provider.routes().count(UPLOAD) == provider.routes().count(SUBMIT) == 1


async def test_transcript_of_a_worker_that_is_gone_is_forgotten_by_its_note(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, memory: Remembering
) -> None:
    provider.fail(POLL, *[Fault(500, "{}")] * PACE.failed_polls)
    with pytest.raises(Unavailable):
        await engine.transcribe(recording(language="en"), memory)

    times = [await engine.forget(memory.kept[-1]) for _ in range(2)]

    assert times == [True, False]
    assert (provider.deleted, provider.uploads) == (set(provider.transcripts), {})
    assert not await engine.forget("another engine's note")


async def test_what_was_left_out_is_left_out_of_the_second_attempt(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, memory: Remembering
) -> None:
    provider.unavailable = ("entity_detection",)
    request = recording(language="en", features=understanding("entity_detection", "auto_chapters"))
    first = await engine.transcribe(request, memory)

    second = await engine.transcribe(request, memory)

    assert second == first
    assert second.features_done == ("auto_chapters",)
    assert provider.routes().count(UPLOAD) == 1


@pytest.mark.parametrize(
    "options",
    [{"language": "de"}, {"is_dialogue": True}, {"hotwords": ("Baltimore",)}],
    ids=["language", "speakers", "words"],
)
async def test_another_question_begins_anew(
    provider: Server,
    engine: AssemblyAI,
    recording: MakeRequest,
    memory: Remembering,
    options: dict[str, object],
) -> None:
    await engine.transcribe(recording(language="en"), memory)

    await engine.transcribe(recording(**{"language": "en", **options}), memory)

    assert provider.routes().count(SUBMIT) == 2


async def test_transcript_that_is_deleted_or_unknown_begins_anew(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, memory: Remembering
) -> None:
    await engine.transcribe(recording(language="en"), memory)
    provider.deleted.update(provider.transcripts)
    anew = await engine.transcribe(recording(language="en"), memory)
    provider.transcripts.clear()

    again = await engine.transcribe(recording(language="en"), memory)

    assert anew.segments == again.segments != ()
    assert provider.routes().count(UPLOAD) == 3


@pytest.mark.parametrize("note", ["", "no JSON", '{"file": "gemini/1"}'])
async def test_note_of_another_engine_begins_anew(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, memory: Remembering, note: str
) -> None:
    memory.kept = [note]

    assert (await engine.transcribe(recording(language="en"), memory)).segments

    assert provider.routes().count(UPLOAD) == 1


async def test_transcript_that_somebody_deletes_meanwhile_is_no_empty_text(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.changes = {"audio_url": "http://deleted_by_user", "text": "Deleted by user.", "words": None}

    with pytest.raises(EngineFailed, match="deleted"):
        await engine.transcribe(recording(language="en"), notes)

    assert notes.segments == []


@pytest.mark.parametrize("route", [SUBMIT, POLL])
async def test_worker_that_stops_leaves_the_transcript_to_the_next(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, memory: Remembering, route: str
) -> None:
    provider.is_endless = True
    work = asyncio.create_task(engine.transcribe(recording(language="en"), memory))
    await cancelled_at(provider, work, route, GOES_ON)
    provider.is_endless = False

    result = await engine.transcribe(recording(language="en"), memory)

    assert result.segments
    assert provider.deleted == set()
    assert provider.routes().count(UPLOAD) == provider.routes().count(SUBMIT) == 1


async def test_worker_that_stops_deletes_what_nobody_would_find(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, notes: Notes
) -> None:
    provider.is_endless = True
    work = asyncio.create_task(engine.transcribe(recording(language="en"), notes))

    await cancelled_at(provider, work, POLL, GOES_ON)

    assert provider.deleted == set(provider.transcripts)


_WORKER = """
import asyncio, sys
from pathlib import Path
from reelscribe.platform.engines.assemblyai.client import Pace
from reelscribe.platform.engines.assemblyai.engine import AssemblyAI
from reelscribe.platform.engines.pool import Pool
from reelscribe.platform.engines.protocol import Request
from reelscribe.platform.settings import Settings

url, key, audio, note = sys.argv[1:]

class Report:
    async def progress(self, fraction): pass
    async def partial(self, segments): pass
    async def remember(self, text): Path(note).write_text(text)
    async def remembered(self): return None

engine = AssemblyAI(
    Settings(assemblyai_base_url=url, assemblyai_api_key=key), Pool(size=1, environ={}), pace=Pace(poll=0.01)
)
asyncio.run(engine.transcribe(Request(audio=Path(audio), duration=12.0, language="en"), Report()))
"""


@pytest.mark.chaos
async def test_job_of_a_killed_worker_is_taken_up_and_paid_once(
    provider: Server, engine: AssemblyAI, recording: MakeRequest, memory: Remembering, tmp_path: Path
) -> None:
    provider.is_endless = True
    request, note = recording(language="en"), tmp_path / "note"
    arguments = [provider.url, provider.key, str(request.audio), str(note)]
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", _WORKER, *arguments)
    await asyncio.to_thread(provider.wait_for, POLL)
    worker.kill()
    await worker.wait()
    provider.is_endless = False
    memory.kept = [note.read_text()]

    result = await engine.transcribe(request, memory)

    assert result.segments
    assert provider.routes().count(UPLOAD) == provider.routes().count(SUBMIT) == 1
