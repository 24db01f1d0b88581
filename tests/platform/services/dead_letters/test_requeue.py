"""A dead letter runs again: once, as it was or changed, and nobody is charged by surprise."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.features import Features
from reelscribe.platform.domain.lifecycle import StageName
from reelscribe.platform.errors import Conflict, InsufficientCredits, NotFound, ReelscribeError, UnsupportedOption
from reelscribe.platform.queue.tasks import TASKS
from reelscribe.platform.services import credits, jobs, runs, stages
from reelscribe.platform.services.dead_letters import requeue
from reelscribe.platform.services.dead_letters.changes import Changes

from tests.platform.services.factories import identity, media, waiting_message

from . import failed

pytestmark = pytest.mark.usefixtures("database", "redis")

CHAPTERS = msgspec.convert({"speech_understanding": {"auto_chapters": True}}, Features)


@pytest.fixture
async def boss(admin):
    return failed.administrator(admin)


async def test_requeue_starts_a_new_run_at_the_failed_stage(boss, user):
    letter = await failed.letter(user.id)

    after = await requeue.requeue(boss, letter, reason="the model is there now")

    assert (after.status, after.resolved_by, after.reason) == ("requeued", boss.email, "the model is there now")
    row = await failed.row(letter)
    assert (row["j_status"], row["j_run"], row["credits_held"]) == ("pending", 2, Decimal("1.00"))
    now = await failed.stages_of(letter)
    assert (now["ingest"], now["silence"], now["transcribe"]) == ("completed", "completed", "queued")


async def test_requeue_from_the_start_does_every_stage_again(boss, user):
    letter = await failed.letter(user.id)

    await requeue.requeue(boss, letter, from_start=True)

    assert set((await failed.stages_of(letter)).values()) == {"queued", "waiting", "skipped"}


async def test_second_admin_learns_who_was_first(boss, user, make_user):
    letter = await failed.letter(user.id)
    other = failed.administrator(await make_user(role="admin"))

    answers = await asyncio.gather(*(requeue.requeue(who, letter) for who in (boss, other)), return_exceptions=True)

    refused = [each for each in answers if isinstance(each, Exception)]
    first = next(each for each in answers if not isinstance(each, Exception))
    assert len(refused) == 1
    assert isinstance(refused[0], Conflict)
    assert f"already requeued by {first.resolved_by} at " in refused[0].message
    row = await failed.row(letter)
    assert row["j_run"] == 2
    holds = await db.fetch("SELECT run FROM credit_entries WHERE job_id = $1 AND kind = 'hold'", row["job_id"])
    assert sorted(each["run"] for each in holds) == [1, 2]


async def test_owner_who_retried_meanwhile_was_first(boss, user):
    letter = await failed.letter(user.id)
    await runs.retry(identity(user.id), (await failed.row(letter))["job_id"])

    with pytest.raises(Conflict, match=f"already requeued by {user.email}"):
        await requeue.requeue(boss, letter)


async def test_changes_are_kept_beside_the_payload_that_failed(boss, user):
    letter = await failed.letter(user.id)
    payload = (await failed.row(letter))["payload"]

    after = await requeue.requeue(boss, letter, Changes(priority="critical", model="base", attempts=7))

    expected = {"priority": ["normal", "critical"], "model": [None, "base"], "attempts": [4, 7]}
    assert msgspec.json.decode(after.changes) == expected
    row = await failed.row(letter)
    assert (row["payload"], row["j_priority"]) == (payload, "critical")
    stage = await db.fetch_one(
        "SELECT queue, max_attempts FROM stages WHERE job_id = $1 AND status = 'queued'", row["job_id"]
    )
    assert stage is not None
    assert tuple(stage.values()) == ("engine.critical", 7)


@pytest.mark.parametrize(
    ("changes", "again"),
    [
        (Changes(), {"deliver"}),
        (Changes(priority="low"), {"deliver"}),
        (Changes(language=None), {"deliver"}),  # as it was
        (Changes(max_speakers=2), {"diarize", "deliver"}),
        (Changes(language="de"), {"transcribe", "align", "diarize", "deliver"}),
        (Changes(engine="local"), {"transcribe", "align", "diarize", "deliver"}),
        (Changes(mode="mono"), {"deliver"}),  # the speakers are not told apart any more
    ],
    ids=["nothing", "priority", "same-language", "speakers", "language", "engine", "mode"],
)
async def test_only_what_does_not_hold_any_more_is_done_again(boss, user, changes, again):
    letter = await failed.letter(user.id, at=StageName.DELIVER, mode="dialogue")

    await requeue.requeue(boss, letter, changes)

    now = await failed.stages_of(letter)
    assert {name for name, status in now.items() if status in {"queued", "waiting"}} == again


@pytest.mark.parametrize("changes", [Changes(mode="dialogue"), Changes(max_speakers=2)], ids=["mode", "speakers"])
async def test_text_is_made_anew_for_the_speakers_where_its_engine_tells_them_only_then(boss, user, changes):
    letter = await failed.letter(user.id, at=StageName.DELIVER)
    await db.execute("UPDATE jobs SET engine_used = 'assemblyai'")

    await requeue.requeue(boss, letter, changes)

    assert (await failed.stages_of(letter))["transcribe"] == "queued"


async def test_chunks_of_another_engine_are_forgotten(boss, user):
    letter = await failed.letter(user.id)
    await db.execute(
        "INSERT INTO stage_chunks (stage_id, position, start_seconds, end_seconds, result, finished_at)"
        " SELECT stage_id, 0, 0, 60, '{}', now() FROM dead_letters"
    )

    await requeue.requeue(boss, letter, Changes(engine="local"))

    assert await db.fetch("SELECT 1 FROM stage_chunks") == []


async def test_chunks_of_the_same_request_are_kept(boss, user):
    letter = await failed.letter(user.id)
    await db.execute(
        "INSERT INTO stage_chunks (stage_id, position, start_seconds, end_seconds, result, finished_at)"
        " SELECT stage_id, 0, 0, 60, '{}', now() FROM dead_letters"
    )

    await requeue.requeue(boss, letter, Changes(priority="high"))

    assert len(await db.fetch("SELECT 1 FROM stage_chunks")) == 1


async def test_text_needs_no_sound_whatever_is_changed(boss, user):
    letter = await failed.letter(user.id, kind="text", at=StageName.DELIVER)
    await db.execute("UPDATE stages SET status = 'skipped' WHERE name IN ('silence', 'align', 'diarize')")

    await requeue.requeue(boss, letter, Changes(language="de"))

    now = await failed.stages_of(letter)
    assert {now[name] for name in ("silence", "align", "diarize")} == {"skipped"}
    assert now["transcribe"] == "queued"


async def test_price_is_quoted_again_when_it_changes(boss, user):
    letter = await failed.letter(user.id, language="en")

    await requeue.requeue(boss, letter, Changes(features=CHAPTERS))

    row = await failed.row(letter)
    assert (row["credits_quoted"], row["credits_held"]) == (Decimal("1.30"), Decimal("1.30"))  # 1 minute, 1 + 0.3


async def test_more_time_counts_for_the_new_run(boss, user):
    letter = await failed.letter(user.id)

    after = await requeue.requeue(boss, letter, Changes(time_factor=3))

    job_id = (await failed.row(letter))["job_id"]
    stage = await stages.claim(*await waiting_message(job_id), worker="w1", lease=timedelta(seconds=30))
    assert stage is not None
    assert stage.time_limit == 3 * TASKS[StageName.TRANSCRIBE].time_limit(60)
    assert msgspec.json.decode(after.changes) == {"time_factor": [1.0, 3.0]}


async def test_job_that_ran_again_is_completed_and_charged_once(boss, user):
    letter = await failed.letter(user.id)
    await requeue.requeue(boss, letter, Changes(language="de"))
    job_id = (await failed.row(letter))["job_id"]

    while await db.fetch_one("SELECT 1 FROM stages WHERE job_id = $1 AND status = 'queued'", job_id):
        stage = await stages.claim(*await waiting_message(job_id), worker="w1", lease=timedelta(seconds=30))
        assert stage is not None
        await stages.finish(stage, stages.Finished(result=b'{"ok": true}'))

    row = await failed.row(letter)
    assert (row["j_status"], row["status"]) == ("completed", "requeued")
    assert (await credits.balance(user.id)).balance == Decimal("599.00")
    captured = await db.fetch("SELECT run FROM credit_entries WHERE job_id = $1 AND kind = 'capture'", job_id)
    assert [each["run"] for each in captured] == [2]


async def test_price_stays_when_nothing_changes_that_costs(boss, user):
    letter = await failed.letter(user.id)
    await db.execute("UPDATE jobs SET credits_quoted = 0.7")  # prices have risen since

    await requeue.requeue(boss, letter, Changes(priority="low"))

    assert (await failed.row(letter))["credits_held"] == Decimal("0.70")


@pytest.mark.parametrize(
    "changes",
    [
        Changes(engine="nobodys"),
        Changes(language="xx-klingon"),
        Changes(features=CHAPTERS, language="de"),
        Changes(min_speakers=3, max_speakers=2),
    ],
    ids=str,
)
async def test_impossible_changes_are_refused_and_change_nothing(boss, user, changes):
    letter = await failed.letter(user.id)
    before = await failed.row(letter)

    with pytest.raises(UnsupportedOption):
        await requeue.requeue(boss, letter, changes)

    assert await failed.row(letter) == before


async def test_owner_without_credits_is_said(boss, user):
    letter = await failed.letter(user.id)
    await db.execute("UPDATE credit_accounts SET balance = 0.5")

    with pytest.raises(InsufficientCredits, match=r"needs 1.00 credits, the owner has 0.50"):
        await requeue.requeue(boss, letter)

    assert (await failed.row(letter))["status"] == "open"


async def test_waived_run_holds_and_costs_nothing(boss, user):
    letter = await failed.letter(user.id)
    await db.execute("UPDATE credit_accounts SET balance = 0")

    await requeue.requeue(boss, letter, waive=True)

    assert (await failed.row(letter))["j_status"] == "pending"
    assert (await credits.balance(user.id)).held == 0


async def test_deleted_recording_is_said(boss, user):
    letter = await failed.letter(user.id)
    await db.execute("UPDATE media SET deleted_at = now()")

    with pytest.raises(Conflict, match="recording of this job was deleted"):
        await requeue.requeue(boss, letter)


async def test_requeue_is_audited_with_what_changed(boss, user):
    letter = await failed.letter(user.id)

    await requeue.requeue(boss, letter, Changes(model="base"), reason="try a larger one")

    row = await db.fetch_one("SELECT * FROM audit_log WHERE subject_id = $1", str(letter))
    assert row is not None
    assert (row["action"], row["actor_id"], row["reason"]) == ("dead_letter.requeue", boss.user_id, "try a larger one")
    assert msgspec.json.decode(row["before"]) == {"status": "open", "model": None}
    assert msgspec.json.decode(row["after"])["model"] == "base"


async def test_preview_says_all_and_does_nothing(boss, user):
    letter = await failed.letter(user.id, at=StageName.DELIVER, language="en")
    before = (await failed.row(letter), await failed.stages_of(letter))

    seen = await requeue.preview(boss, letter, Changes(features=CHAPTERS))

    assert seen.stages == ["transcribe", "align", "analyse", "deliver"]
    assert (seen.required, seen.available, seen.refusal) == (Decimal("1.30"), Decimal("600.00"), None)
    assert list(seen.changes) == ["features"]
    assert (await failed.row(letter), await failed.stages_of(letter)) == before
    assert await failed.audited(letter) == []


async def test_preview_says_what_a_requeue_would_raise(boss, user):
    letter = await failed.letter(user.id)
    for problem, changes in [
        ("UPDATE credit_accounts SET balance = 0.5", Changes()),
        ("SELECT 1", Changes(engine="nobodys")),
        ("UPDATE media SET deleted_at = now()", Changes()),
    ]:
        await db.execute(problem)
        seen = await requeue.preview(boss, letter, changes)

        with pytest.raises(ReelscribeError) as raised:
            await requeue.requeue(boss, letter, changes)

        if problem != "UPDATE media SET deleted_at = now()":
            await db.execute("UPDATE credit_accounts SET balance = 600")
        assert seen.refusal is not None
        assert seen.refusal.message == raised.value.message


async def test_unknown_letter_is_not_found(boss, user):
    for action in (requeue.requeue, requeue.preview):
        with pytest.raises(NotFound):
            await action(boss, user.id)


async def test_operator_may_change_a_job_of_a_better_priority_than_theirs(boss, user):
    letter = await failed.letter(user.id)
    await db.execute("UPDATE jobs SET priority = 'critical'")
    operator = msgspec.structs.replace(boss, role="operator", max_priority="high")

    await requeue.requeue(operator, letter, Changes(model="base"))

    assert (await failed.row(letter))["j_priority"] == "critical"


async def of_auto(user_id) -> UUID:
    """A dead letter of a job that let the server choose between engines."""
    given = {"engines": ("stub",), "hotwords": ("Fibonacci",), "prompt": "A talk."}
    wanted = jobs.NewJob(media_id=await media(user_id), engine="auto", **given)
    return await failed.fail((await jobs.create(identity(user_id), wanted)).id)


async def options_of(letter) -> dict:
    row = await db.fetch_one(
        "SELECT j.options FROM jobs j JOIN dead_letters d ON d.job_id = j.id WHERE d.id = $1", letter
    )
    assert row is not None
    return msgspec.json.decode(row["options"])


async def test_request_in_the_letter_has_the_options(boss, user):
    letter = await of_auto(user.id)

    payload = msgspec.json.decode((await failed.row(letter))["payload"])

    assert (payload["engine"], payload["engines"], payload["hotwords"]) == ("auto", ["stub"], ["Fibonacci"])
    assert payload["prompt"] == "A talk."


async def test_options_stay_when_something_else_is_changed(boss, user):
    letter = await of_auto(user.id)

    await requeue.requeue(boss, letter, Changes(language="en"))

    assert await options_of(letter) == {"hotwords": ["Fibonacci"], "prompt": "A talk.", "engines": ["stub"]}


async def test_order_goes_when_one_engine_is_chosen(boss, user):
    letter = await of_auto(user.id)

    seen = await requeue.preview(boss, letter, Changes(engine="stub"))
    await requeue.requeue(boss, letter, Changes(engine="stub"))

    assert seen.changes == {"engine": ["auto", "stub"], "engines": [("stub",), None]}
    assert await options_of(letter) == {"hotwords": ["Fibonacci"], "prompt": "A talk."}


async def test_changed_hints_make_the_text_anew(boss, user):
    letter = await failed.letter(user.id, at=StageName.DELIVER)

    await requeue.requeue(boss, letter, Changes(hotwords=("Lucas",)))

    assert (await failed.stages_of(letter))["transcribe"] == "queued"
    assert await options_of(letter) == {"hotwords": ["Lucas"]}
