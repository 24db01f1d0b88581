"""The steps of a clips job that choose, with Gemini's protocol: bad answers and a busy server never end in nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import msgspec
import pytest
from reelscribe.actors import analyse, select, work
from reelscribe.actors.checkpoints import Ingested, Silences
from reelscribe.platform import db
from reelscribe.platform.domain.clips import ClipsWanted
from reelscribe.platform.domain.lifecycle import StageName
from reelscribe.platform.domain.transcript import Segment, Word
from reelscribe.platform.engines.finder.local import LocalFinder
from reelscribe.platform.engines.gemini.highlights import GeminiFinder
from reelscribe.platform.engines.protocol import Transcription
from reelscribe.platform.services import jobs, stages
from reelscribe.platform.services.clips import views
from reelscribe.platform.services.stages import Finished
from reelscribe.platform.settings import Settings

from tests.platform.engines.gemini.conftest import QUICK
from tests.platform.services.clips.conftest import Work
from tests.platform.services.factories import identity, media
from tests.stand_ins import gemini, gemini_clips

pytestmark = pytest.mark.usefixtures("database", "redis")

_SAID = (
    "Yeast eats the sugar of the dough and gives off gas.",
    "The gas makes the dough rise slowly in a warm kitchen.",
    "Whales sing at night when the water carries sound far.",
    "Their songs travel hundreds of miles through the deep ocean.",
    "A bridge holds its weight by pressing against the ground.",
    "Arches of stone have carried roads for two thousand years.",
)


def _segment(number: int, text: str) -> Segment:
    words = text.split()
    at = number * 9.5
    timed = tuple(Word(start=at + nr * 0.8, end=at + nr * 0.8 + 0.7, text=word) for nr, word in enumerate(words))
    return Segment(id=f"s{number}", start=at, end=timed[-1].end, text=text, words=timed)


TEXT = Transcription(
    engine="stub", model="stub", language="en", segments=tuple(_segment(nr, text) for nr, text in enumerate(_SAID))
)
_RESULTS = {
    StageName.INGEST: Ingested(audio_key="jobs/none", duration_seconds=60.0),
    StageName.SILENCE: Silences(count=0, total_seconds=0.0),
    StageName.TRANSCRIBE: TEXT,
    StageName.ALIGN: TEXT,
}


@pytest.fixture
def server() -> Iterator[gemini.Server]:
    with gemini.running() as running:
        yield running


@pytest.fixture
async def job(user) -> Work:
    """A clips job whose text is there and whose analysis waits."""
    wanted = jobs.NewJob(
        media_id=await media(user.id, kind="video"),
        engine="stub",
        kind="clips",
        clips=ClipsWanted(min_seconds=5, max_seconds=30),
    )
    made = Work(job_id=(await jobs.create(identity(user.id), wanted)).id, user_id=user.id)
    while not await made.queued("analyse"):
        row = await db.fetch_one("SELECT id FROM stages WHERE job_id = $1 AND status = 'queued'", made.job_id)
        assert row is not None
        stage = await made.claim(row["id"])
        await stages.finish(stage, Finished(result=msgspec.json.encode(_RESULTS.get(stage.name, {}))))
    return made


async def perform(job: Work, name: str, doing) -> None:
    row = await db.fetch_one(
        "SELECT id, message_id FROM stages WHERE job_id = $1 AND name = $2 AND status = 'queued'", job.job_id, name
    )
    assert row is not None, f"{name} is not queued"
    await work.perform(row["id"], row["message_id"], doing)


async def analysed_by_gemini(job: Work, server: gemini.Server) -> None:
    finder = GeminiFinder(Settings(gemini_api_key=server.key, gemini_base_url=server.url), patience=QUICK)
    await perform(job, "analyse", partial(analyse.work, finders=lambda _name: finder))


async def titles(job: Work) -> list[str]:
    return [clip.title for clip in (await views.of_job(job.user_id, job.job_id)).items]


async def test_good_answer_becomes_clips(job, server):
    await analysed_by_gemini(job, server)
    await perform(job, "select", select.work)

    assert await titles(job)
    assert len(await job.queued()) == len(await titles(job))


@pytest.mark.parametrize("rule", ["overlapping"])
async def test_answer_that_can_be_mended_becomes_clips(job, server, rule):
    server.rule = gemini_clips.rule(rule)

    await analysed_by_gemini(job, server)
    await perform(job, "select", select.work)

    clips = (await views.of_job(job.user_id, job.job_id)).items
    assert clips
    assert all(before.end <= after.start for before, after in pairwise(clips))


@pytest.mark.parametrize("rule", ["absurd", "times", "reversed", "empty", "truncated"])
async def test_useless_answers_are_tried_again_then_dead_lettered(job, server, rule):
    server.rule = gemini_clips.rule(rule)
    row = await db.fetch_one("SELECT max_attempts FROM stages WHERE job_id = $1 AND name = 'analyse'", job.job_id)
    assert row is not None

    for _ in range(row["max_attempts"]):
        await analysed_by_gemini(job, server)

    assert await job.status() == "failed"
    letter = await db.fetch_one("SELECT stage_name, error_code FROM dead_letters WHERE job_id = $1", job.job_id)
    assert letter is not None
    assert tuple(letter.values()) == ("analyse", "engine_failed")
    assert await titles(job) == []


async def test_busy_server_is_asked_again_later(job, server):
    server.faults["generate"].extend([gemini.overloaded()] * QUICK.attempts)

    await analysed_by_gemini(job, server)

    assert await job.status() == "processing"
    row = await db.fetch_one(
        "SELECT queue, error->>'message' AS said FROM stages WHERE id = $1", (await job.queued("analyse"))[0]
    )
    assert row is not None
    assert row["queue"] == "io.retry"
    assert row["said"]

    await analysed_by_gemini(job, server)
    await perform(job, "select", select.work)
    assert await titles(job)


async def test_text_stays_when_the_analysis_fails(job, server):
    server.rule = gemini_clips.rule("empty")
    for _ in range(3):
        await analysed_by_gemini(job, server)

    row = await db.fetch_one("SELECT result->>'language' AS language FROM stages WHERE name = 'transcribe'")
    assert row is not None
    assert row["language"] == "en"


async def test_local_analyst_needs_no_key(job):
    await perform(job, "analyse", partial(analyse.work, finders=lambda _name: LocalFinder()))
    await perform(job, "select", select.work)

    assert await titles(job)
    kept = await db.fetch("SELECT title, importance FROM content_segments WHERE job_id = $1", job.job_id)
    assert all(0 <= row["importance"] <= 1 for row in kept)


async def test_job_fails_clearly_when_nobody_speaks(user):
    wanted = jobs.NewJob(media_id=await media(user.id, kind="video"), engine="stub", kind="clips")
    silent = Work(job_id=(await jobs.create(identity(user.id), wanted)).id, user_id=user.id)
    nothing = msgspec.structs.replace(TEXT, segments=())
    while not await silent.queued("analyse"):
        row = await db.fetch_one("SELECT id FROM stages WHERE job_id = $1 AND status = 'queued'", silent.job_id)
        assert row is not None
        stage = await silent.claim(row["id"])
        result = nothing if stage.name in (StageName.TRANSCRIBE, StageName.ALIGN) else _RESULTS.get(stage.name, {})
        await stages.finish(stage, Finished(result=msgspec.json.encode(result)))

    await perform(silent, "analyse", analyse.work)

    row = await db.fetch_one("SELECT status, error->>'code' AS code FROM jobs WHERE id = $1", silent.job_id)
    assert row is not None
    assert tuple(row.values()) == ("failed", "no_speech")
