"""The engine ``auto``: one engine after the other within a stage, one text, one charge, and people are told."""

from __future__ import annotations

import msgspec
import pytest
from reelscribe.actors import deliver, work
from reelscribe.platform import db, events
from reelscribe.platform.engines.protocol import Capabilities
from reelscribe.platform.errors import (
    BadMedia,
    EngineCredentials,
    EngineFailed,
    EngineQuota,
    EngineUnavailable,
    TimeLimitReached,
    Unavailable,
)
from reelscribe.platform.services import jobs, transcripts

from tests.platform.services.factories import identity, waiting_message

from .engine_room import NAMES, Engine, attempt, sentence, stage, statuses, text, waiting

pytestmark = pytest.mark.usefixtures("database", "redis")

FIRST, SECOND, THIRD = NAMES


async def breaker(engine: str) -> db.Row | None:
    return await db.fetch_one("SELECT * FROM breakers WHERE engine = $1", engine)


async def rests(engine: str, *, seconds: float) -> None:
    await db.execute(
        "INSERT INTO breakers (engine, state, failures, opened_count, opened_until)"
        " VALUES ($1, 'open', 5, 1, now() + make_interval(secs => $2))",
        engine,
        seconds,
    )


@pytest.mark.parametrize(
    ("error", "failures"),
    [
        (EngineFailed("it fell over"), 1),
        (Unavailable("no answer"), 1),
        (EngineCredentials(), 1),
        (EngineQuota(), 1),
        (EngineUnavailable("no such model"), 0),  # says something about the request, not about the engine
        (TimeLimitReached(), 1),
    ],
    ids=["failed", "unavailable", "credentials", "quota", "cannot", "slow"],
)
async def test_next_engine_does_it_when_the_first_fails(user, error, failures):
    made = await waiting(user.id)

    await attempt(made.id, Engine(FIRST, raises=[error]), Engine(SECOND), Engine(THIRD))

    job = await jobs.get(identity(user.id), made.id)
    noted = await breaker(FIRST)
    assert (await text(made.id)).segments[0].text == f"by {SECOND}"
    assert [warned.code for warned in job.warnings] == ["engine_switched"]
    assert FIRST in job.warnings[0].message
    assert SECOND in job.warnings[0].message
    assert (noted["failures"] if noted else 0) == failures


async def test_file_at_fault_is_not_given_to_another_engine(user):
    made = await waiting(user.id)
    second = Engine(SECOND)

    await attempt(made.id, Engine(FIRST, raises=[BadMedia("no sound")]), second, Engine(THIRD))

    assert (await jobs.get(identity(user.id), made.id)).status == "failed"
    assert second.requests == []
    assert await breaker(FIRST) is None


async def test_failed_job_has_the_reason_of_each_engine(user):
    made = await waiting(user.id)
    engines = [Engine(name, raises=[EngineUnavailable(f"no {name} here")]) for name in NAMES]

    await attempt(made.id, *engines)

    job = await jobs.get(identity(user.id), made.id)
    assert job.error is not None
    assert (job.status, job.error.code) == ("failed", "engine_unavailable")
    assert all(f"no {name} here" in job.error.message for name in NAMES)
    assert job.credits.charged == 0


async def test_stage_is_tried_again_after_the_shortest_wait_when_one_reason_passes(user):
    made = await waiting(user.id)
    errors = [EngineCredentials(), EngineFailed("busy", retry_after=900.0), Unavailable("busy", retry_after=300.0)]

    await attempt(made.id, *(Engine(name, raises=[error]) for name, error in zip(NAMES, errors, strict=True)))

    row = await db.fetch_one("SELECT extract(epoch FROM due_at - now()) AS wait FROM stages WHERE status = 'queued'")
    assert row is not None
    assert 290 < row["wait"] < 310  # 300 s and the usual delay of at most 2 s


async def test_job_is_charged_once_and_has_one_text_when_an_engine_failed_in_the_middle(user):
    made = await waiting(user.id)
    heard = [sentence("half a sentence")]

    await attempt(made.id, Engine(FIRST, raises=[EngineFailed("gone")], told=heard), Engine(SECOND), Engine(THIRD))
    await work.perform(*await waiting_message(made.id), deliver.work)

    job = await jobs.get(identity(user.id), made.id)
    captures = await db.fetch("SELECT 1 FROM credit_entries WHERE job_id = $1 AND kind = 'capture'", made.id)
    assert (job.status, len(captures), job.credits.charged) == ("completed", 1, job.credits.quoted)
    assert (await transcripts.get(user.id, made.id)).text == f"by {SECOND}"


async def test_stream_says_that_the_first_text_is_void(user):
    made = await waiting(user.id)
    heard = [sentence("half a sentence")]

    await attempt(made.id, Engine(FIRST, raises=[EngineFailed("gone")], told=heard), Engine(SECOND), Engine(THIRD))

    told = await events.replay(user_id=user.id, job_id=made.id, after_id="0")
    partials = [msgspec.json.decode(event.data) for event in told if event.type == events.EventType.PARTIAL]
    assert [(len(each["segments"]), each.get("restart", False)) for each in partials] == [(1, False), (0, True)]


async def test_engine_that_rests_is_passed_over_and_named(user):
    made = await waiting(user.id)
    await rests(FIRST, seconds=600)
    first = Engine(FIRST)

    await attempt(made.id, first, Engine(SECOND), Engine(THIRD))

    job = await jobs.get(identity(user.id), made.id)
    assert first.requests == []
    assert "rests" in job.warnings[0].message


async def test_job_tries_an_engine_whose_rest_is_over_and_closes_its_breaker(user):
    made = await waiting(user.id)
    await rests(FIRST, seconds=-1)

    await attempt(made.id, Engine(FIRST), Engine(SECOND), Engine(THIRD))

    noted = await breaker(FIRST)
    assert noted is not None
    assert (noted["state"], noted["failures"]) == ("closed", 0)
    assert (await text(made.id)).engine == FIRST


async def test_engine_that_fails_its_probe_rests_again(user):
    made = await waiting(user.id)
    await rests(FIRST, seconds=-1)

    await attempt(made.id, Engine(FIRST, raises=[EngineFailed("still")]), Engine(SECOND), Engine(THIRD))

    noted = await breaker(FIRST)
    assert noted is not None
    assert (noted["state"], noted["opened_count"]) == ("open", 2)
    assert (await text(made.id)).engine == SECOND


async def test_job_waits_for_the_shortest_rest_when_all_engines_rest(user):
    made = await waiting(user.id)
    for name, seconds in zip(NAMES, (900, 400, 600), strict=True):
        await rests(name, seconds=seconds)

    await attempt(made.id, *map(Engine, NAMES))

    row = await db.fetch_one(
        "SELECT extract(epoch FROM due_at - now()) AS wait, attempts FROM stages WHERE status = 'queued'"
    )
    assert row is not None
    assert 390 < row["wait"] < 410
    assert row["attempts"] == 0  # nothing was tried


async def test_attempt_counts_where_one_engine_failed_and_the_others_rest(user):
    made = await waiting(user.id)
    for name in (SECOND, THIRD):
        await rests(name, seconds=400)

    await attempt(made.id, Engine(FIRST, raises=[EngineFailed("it fell over")]), Engine(SECOND), Engine(THIRD))

    row = await stage(made.id)
    assert (row["status"], row["attempts"]) == ("queued", 1)


async def test_stopped_engine_is_passed_over(user, admin):
    made = await waiting(user.id)
    await db.execute(
        "INSERT INTO queue_controls (name, state, paused_by, reason) VALUES ($1, 'paused', $2, 'costs')",
        f"engine:{FIRST}",
        admin.id,
    )

    await attempt(made.id, *map(Engine, NAMES))

    assert (await text(made.id)).engine == SECOND


async def test_engine_that_cannot_do_the_job_is_left_out_without_a_word(user):
    made = await waiting(user.id, language="de")
    english = Capabilities(languages=frozenset({"en"}), word_times=True, diarizes=False)
    refused = Engine(FIRST, refused=EngineUnavailable("no key"))

    await attempt(made.id, refused, Engine(SECOND, can=english), Engine(THIRD))

    assert (await text(made.id)).engine == THIRD
    assert (await jobs.get(identity(user.id), made.id)).warnings == []


async def test_speakers_of_the_engine_make_their_own_step_needless(user):
    made = await waiting(user.id, engine=FIRST, mode="dialogue")
    labelled = (sentence("hello there", speaker="A"),)

    await attempt(made.id, Engine(FIRST, answer=lambda text: msgspec.structs.replace(text, segments=labelled)))

    assert (await statuses(made.id))["diarize"] == "skipped"


async def test_engine_hears_what_the_job_says(user):
    made = await waiting(user.id, mode="dialogue", hotwords=("Reelscribe",), prompt="A talk.", min_speakers=2)
    first = Engine(FIRST)
    await db.execute(
        "INSERT INTO silence_regions (media_id, start_seconds, end_seconds) VALUES ($1, 1, 2)", made.media_id
    )

    await attempt(made.id, first, Engine(SECOND), Engine(THIRD))

    (request,) = first.requests
    assert (request.hotwords, request.prompt, request.is_dialogue) == (("Reelscribe",), "A talk.", True)
    assert [(span.start, span.end) for span in request.silences] == [(1.0, 2.0)]


@pytest.mark.parametrize(("takes_hints", "codes"), [(True, []), (False, ["hints_unused"])])
async def test_hints_that_an_engine_cannot_use_are_said(user, takes_hints, codes):
    made = await waiting(user.id, engine=FIRST, hotwords=("Reelscribe",))
    can = Capabilities(languages=None, word_times=True, diarizes=False, takes_hints=takes_hints)

    await attempt(made.id, Engine(FIRST, can=can))

    assert [warned.code for warned in (await jobs.get(identity(user.id), made.id)).warnings] == codes
