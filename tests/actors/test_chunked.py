"""A long transcription in pieces: cut once, each piece done once, whatever happens in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from reelscribe.actors import assist, chunked, transcribe, work
from reelscribe.actors.report import Report
from reelscribe.platform import db, events
from reelscribe.platform.engines.protocol import Request, Transcription
from reelscribe.platform.errors import BadMedia, EngineFailed, TimeLimitReached
from reelscribe.platform.services import chunks, jobs, runs, stages
from reelscribe.platform.settings import current

from tests.platform.services.factories import identity, waiting_message

from .long_talk import PIECES, SECONDS, Engine, waiting_job

pytestmark = pytest.mark.usefixtures("database", "redis", "pieces_of_ten")

PATIENCE = 20
STARTS = [0.0, 10.0, 20.0, 30.0, 40.0]


@pytest.fixture
def pieces_of_ten(monkeypatch):
    monkeypatch.setenv("REELSCRIBE_CHUNK_SECONDS", "10")
    current.cache_clear()
    yield
    monkeypatch.undo()
    current.cache_clear()


async def attempt(job_id: UUID, engine: Engine) -> None:
    """One delivery of the job's transcription."""
    await db.execute("UPDATE stages SET due_at = now() WHERE job_id = $1 AND status = 'queued'", job_id)
    message = await waiting_message(job_id)
    await work.perform(*message, lambda stage, report: transcribe.work(stage, report, lambda _: engine))


async def stage_of(job_id: UUID) -> db.Row:
    row = await db.fetch_one("SELECT * FROM stages WHERE job_id = $1 AND name = 'transcribe'", job_id)
    assert row is not None
    return row


async def text_of(job_id: UUID) -> Transcription:
    return msgspec.json.decode((await stage_of(job_id))["result"], type=Transcription)


async def rows_of(job_id: UUID):
    return await db.fetch(
        "SELECT c.* FROM stage_chunks c JOIN stages s ON s.id = c.stage_id WHERE s.job_id = $1 ORDER BY c.position",
        job_id,
    )


def failing_at(offset: float, error: Exception):
    def before(request: Request) -> None:
        if request.offset == offset:
            raise error

    return before


async def test_pieces_are_joined_as_if_there_were_none(user):
    made = await waiting_job(user.id)
    engine = Engine()

    await attempt(made.id, engine)

    text = await text_of(made.id)
    assert engine.offsets == STARTS
    assert [request.language for request in engine.requests] == [None, "de", "de", "de", "de"]
    assert [segment.text for segment in text.segments] == [f"from second {start:.0f}" for start in STARTS]
    assert [(segment.start, segment.end) for segment in text.segments] == [(at + 0.5, at + 10) for at in STARTS]
    assert [segment.id for segment in text.segments] == ["s1", "s2", "s3", "s4", "s5"]
    assert (text.engine, text.model, text.language) == ("stub", "m1", "de")
    assert [warning.message for warning in text.warnings] == ["from 0 s on"]
    assert await rows_of(made.id) == []


async def test_short_recording_is_given_as_a_whole(user):
    made = await waiting_job(user.id, seconds=15)
    engine = Engine()

    await attempt(made.id, engine)

    assert [request.duration for request in engine.requests] == [15.0]


async def test_each_piece_is_told_at_once_with_ids_of_its_own(user):
    made = await waiting_job(user.id)

    await attempt(made.id, Engine())

    told = await events.replay(user_id=user.id, job_id=made.id, after_id="0")
    partial = [each.data for each in told if each.type == events.EventType.PARTIAL]
    assert ['"c3s1"' in each and '"start":20.5' in each for each in partial] == [False, False, True, False, False]


async def test_next_attempt_does_only_what_is_left(user):
    made = await waiting_job(user.id)
    await attempt(made.id, Engine(before=failing_at(20.0, EngineFailed("fell over"))))
    rest = Engine()

    await attempt(made.id, rest)

    assert rest.offsets == [20.0, 30.0, 40.0]
    assert len((await text_of(made.id)).segments) == PIECES


async def test_attempt_that_advanced_is_given_back_until_nothing_advances(user):
    made = await waiting_job(user.id)
    used = []
    for offset in STARTS[1:]:
        await attempt(made.id, Engine(before=failing_at(offset, EngineFailed("fell over"))))
        used.append((await stage_of(made.id))["attempts"])
    for _ in range(4):
        await attempt(made.id, Engine(before=failing_at(40.0, EngineFailed("fell over"))))

    assert used == [0, 0, 0, 0]
    assert (await jobs.get(identity(user.id), made.id)).status == "failed"


async def test_permanent_failure_of_a_piece_fails_the_job(user):
    made = await waiting_job(user.id)

    await attempt(made.id, Engine(before=failing_at(20.0, BadMedia("damaged"))))

    assert (await jobs.get(identity(user.id), made.id)).status == "failed"


async def test_cancel_stops_the_piece_and_a_retry_goes_on_there(user):
    made = await waiting_job(user.id)
    began, ended = asyncio.Event(), asyncio.Event()

    async def forever(request: Request) -> None:
        if request.offset == 10.0:
            began.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

    working = asyncio.create_task(attempt(made.id, Engine(before=forever)))
    await asyncio.wait_for(began.wait(), PATIENCE)
    await runs.cancel(identity(user.id), made.id)
    await asyncio.wait_for(working, PATIENCE)
    assert ended.is_set()
    rest = Engine()

    await runs.retry(identity(user.id), made.id)
    await attempt(made.id, rest)

    assert rest.offsets == STARTS[1:]


async def test_pieces_of_another_request_are_not_used(user):
    made = await waiting_job(user.id)
    await attempt(made.id, Engine(before=failing_at(20.0, EngineFailed("fell over"))))
    await db.execute("UPDATE jobs SET language = 'fr' WHERE id = $1", made.id)
    engine = Engine()

    await attempt(made.id, engine)

    assert engine.offsets == STARTS
    assert {request.language for request in engine.requests} == {"fr"}


async def test_pieces_of_two_models_are_never_joined(user):
    made = await waiting_job(user.id)
    await attempt(made.id, Engine(before=failing_at(20.0, EngineFailed("fell over"))))

    await attempt(made.id, Engine(model="m2"))
    await attempt(made.id, Engine(model="m2"))

    assert (await text_of(made.id)).model == "m2"
    rows = await db.fetch("SELECT error->>'message' AS message FROM attempts WHERE outcome = 'failed' ORDER BY number")
    assert "another model" in rows[-1]["message"] or "m2" in rows[-1]["message"]


async def test_work_stops_between_pieces_when_asked_and_goes_on_there(user):
    made = await waiting_job(user.id)
    stage = await stages.claim(*await waiting_message(made.id), worker="w", lease=timedelta(seconds=30))
    assert stage is not None
    report = Report(stage)
    engine = Engine(before=lambda request: report.stop_asked.set() if request.offset == 10.0 else None)

    with pytest.raises(TimeLimitReached, match="00:00:20 of 00:00:50 are done"):
        await chunked.transcribe(stage, report, lambda _: engine)

    assert engine.offsets == [0.0, 10.0]
    assert report.fraction == pytest.approx(20 / SECONDS)


async def test_progress_of_a_piece_counts_what_others_finished(user):
    made = await waiting_job(user.id)
    await attempt(made.id, Engine(before=failing_at(20.0, EngineFailed("fell over"))))
    stage = await stages.claim(*await waiting_message(made.id), worker="w", lease=timedelta(seconds=30))
    assert stage is not None
    report = Report(stage)
    seen = []

    await chunked.transcribe(stage, report, lambda _: Engine(before=lambda _: seen.append(report.fraction)))

    assert seen == pytest.approx([0.4, 0.6, 0.8])


async def test_idle_workers_are_called_for_all_pieces_but_one(user):
    made = await waiting_job(user.id)

    await attempt(made.id, Engine())

    rows = await db.fetch("SELECT task, queue FROM outbox WHERE task = 'assist'")
    assert [(row["task"], row["queue"]) for row in rows] == [
        ("assist", "engine.normal")
    ] * 3  # 5 less the first, less 1


class Pair:
    """A coordinator that is held in its second piece, and a stage to assist."""

    def __init__(self, job_id: UUID) -> None:
        self.go_on, self._held = asyncio.Event(), asyncio.Event()
        self.engine = Engine(before=self._hold)
        self._job_id = job_id

    async def _hold(self, request: Request) -> None:
        if request.offset == 10.0:
            self._held.set()
            await self.go_on.wait()

    async def start(self) -> UUID:
        self._working = asyncio.create_task(attempt(self._job_id, self.engine))
        await asyncio.wait_for(self._held.wait(), PATIENCE)
        return (await stage_of(self._job_id))["id"]

    async def end(self) -> None:
        self.go_on.set()
        await asyncio.wait_for(self._working, PATIENCE)


async def test_assistants_share_the_pieces_and_none_is_done_twice(user):
    made = await waiting_job(user.id)
    pair, helper = Pair(made.id), Engine()
    stage_id = await pair.start()

    await asyncio.gather(*(assist.perform(stage_id, lambda _: helper) for _ in range(2)))
    await pair.end()

    assert sorted(helper.offsets) == [20.0, 30.0]
    assert pair.engine.offsets == [0.0, 10.0, 40.0]
    assert [segment.id for segment in (await text_of(made.id)).segments] == ["s1", "s2", "s3", "s4", "s5"]


async def test_coordinator_waits_for_the_last_piece_of_an_assistant(user):
    made = await waiting_job(user.id)
    pair, others = Pair(made.id), asyncio.Event()
    stage_id = await pair.start()

    async def wait(_request: Request) -> None:
        others.set()
        await pair.go_on.wait()

    helping = asyncio.create_task(assist.perform(stage_id, lambda _: Engine(before=wait)))
    await asyncio.wait_for(others.wait(), PATIENCE)
    await pair.end()
    await helping

    assert pair.engine.offsets == [0.0, 10.0, 30.0, 40.0]
    assert len((await text_of(made.id)).segments) == PIECES


async def test_assistant_that_fails_costs_nothing(user):
    made = await waiting_job(user.id)
    pair = Pair(made.id)
    stage_id = await pair.start()

    await assist.perform(stage_id, lambda _: Engine(before=failing_at(20.0, BadMedia("no"))))
    await pair.end()

    assert pair.engine.offsets == STARTS
    assert (await stage_of(made.id))["status"] == "completed"


async def test_assistant_with_another_model_leaves_the_piece_to_others(user):
    made = await waiting_job(user.id)
    pair = Pair(made.id)
    stage_id = await pair.start()

    await assist.perform(stage_id, lambda _: Engine(model="m2"))
    await pair.end()

    assert pair.engine.offsets == STARTS


async def test_cancel_stops_an_assistant(user):
    made = await waiting_job(user.id)
    pair = Pair(made.id)
    stage_id = await pair.start()
    began, ended = asyncio.Event(), asyncio.Event()

    async def forever(_request: Request) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    helping = asyncio.create_task(assist.perform(stage_id, lambda _: Engine(before=forever)))
    await asyncio.wait_for(began.wait(), PATIENCE)
    await runs.cancel(identity(user.id), made.id)
    await asyncio.wait_for(helping, PATIENCE)

    assert ended.is_set()
    await pair.end()
    assert all(row["lease_token"] is None for row in await rows_of(made.id))


async def test_late_message_finds_nothing_to_help_with(user):
    made = await waiting_job(user.id)
    await attempt(made.id, Engine())
    late = Engine()

    await assist.perform((await stage_of(made.id))["id"], lambda _: late)

    assert late.requests == []


async def test_piece_of_a_dead_assistant_is_taken_over(user):
    made = await waiting_job(user.id)
    pair = Pair(made.id)
    stage_id = await pair.start()
    dead = await chunks.claim(stage_id, worker="dead", lease=timedelta(seconds=-1), owner=None)
    assert dead is not None

    await pair.end()

    assert pair.engine.offsets == STARTS
    assert not await chunks.store(dead, await text_of(made.id))
