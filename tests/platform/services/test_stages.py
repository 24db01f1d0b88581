"""Claim, lease, fence, outcome, rescue: at-least-once delivery, exactly-once effect."""

from __future__ import annotations

import asyncio
import contextvars
from datetime import timedelta
from uuid import UUID

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import BadMedia, Conflict, EngineFailed, LostLease
from reelscribe.platform.services import failure, jobs, runs, settlement, sound, stages
from reelscribe.platform.services.job_views import Warned
from reelscribe.platform.services.stages import Claimed, Finished

from .factories import identity, job, waiting_message

LEASE = timedelta(seconds=30)
EXPIRED = timedelta(seconds=-1)
DONE = Finished(result=b'{"ok": true}')

pytestmark = pytest.mark.usefixtures("database", "redis")


async def claim_next(job_id: UUID, *, worker: str = "w1", lease: timedelta = LEASE) -> Claimed:
    stage_id, message_id = await waiting_message(job_id)
    claimed = await stages.claim(stage_id, message_id, worker=worker, lease=lease)
    assert claimed is not None
    return claimed


async def due_now(job_id: UUID) -> None:
    await db.execute("UPDATE stages SET due_at = now() WHERE job_id = $1 AND status = 'queued'", job_id)


async def stage_row(stage: Claimed) -> db.Row:
    row = await db.fetch_one("SELECT * FROM stages WHERE id = $1", stage.stage_id)
    assert row is not None
    return row


async def run_through(job_id: UUID) -> list[str]:
    names = []
    while await db.fetch_one("SELECT 1 FROM stages WHERE job_id = $1 AND status = 'queued'", job_id):
        claimed = await claim_next(job_id)
        names.append(claimed.name.value)
        await stages.finish(claimed, DONE)
    return names


async def test_mono_job_goes_through_its_stages_without_diarize(user):
    made = await job(user.id)

    names = await run_through(made.id)

    assert names == ["ingest", "silence", "transcribe", "align", "deliver"]
    assert (await jobs.get(identity(user.id), made.id)).status == "completed"


async def test_dialogue_job_separates_speakers(user):
    made = await job(user.id, mode="dialogue")

    assert "diarize" in await run_through(made.id)


async def test_claim_twice_gives_one_owner(user):
    made = await job(user.id)
    stage_id, message_id = await waiting_message(made.id)

    claims = await asyncio.gather(*(stages.claim(stage_id, message_id, worker=f"w{n}", lease=LEASE) for n in range(8)))

    assert sum(each is not None for each in claims) == 1
    row = await db.fetch_one("SELECT count(*) AS n FROM attempts WHERE stage_id = $1", stage_id)
    assert row is not None
    assert row["n"] == 1


async def test_claim_with_an_old_message_finds_nothing(user):
    made = await job(user.id)
    stage_id, _ = await waiting_message(made.id)

    assert await stages.claim(stage_id, UUID(int=7), worker="w", lease=LEASE) is None


async def test_finish_after_a_rescue_writes_nothing(user):
    made = await job(user.id)
    slow = await claim_next(made.id, lease=EXPIRED)
    assert await stages.rescue_expired() == 1
    await due_now(made.id)
    quick = await claim_next(made.id, worker="w2")

    with pytest.raises(LostLease):
        await stages.finish(slow, Finished(result=b'"stale"'))

    await stages.finish(quick, Finished(result=b'"fresh"'))
    assert (await stage_row(quick))["result"] == '"fresh"'


async def lock_is_waited_for() -> None:
    while not await db.fetch("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)


async def test_result_that_meets_an_open_cancel_is_refused(user):
    made = await job(user.id)
    claimed = await claim_next(made.id)

    async with asyncio.timeout(20), db.transaction():
        after = await settlement.cancel_job(made.id)
        # In a context of its own, so that it does not join this transaction.
        finishing = asyncio.create_task(stages.finish(claimed, DONE), context=contextvars.Context())
        await asyncio.create_task(lock_is_waited_for(), context=contextvars.Context())
    with pytest.raises(LostLease):
        await finishing

    assert after.job_id == made.id
    assert ((await stage_row(claimed))["status"], (await stage_row(claimed))["result"]) == ("cancelled", None)
    kinds = await db.fetch("SELECT kind FROM credit_entries WHERE job_id = $1 ORDER BY id", made.id)
    assert [row["kind"] for row in kinds] == ["hold", "release"]


async def test_two_results_of_one_stage_are_stored_once(user):
    made = await job(user.id)
    claimed = await claim_next(made.id)

    outcomes = await asyncio.gather(*(stages.finish(claimed, DONE) for _ in range(8)), return_exceptions=True)

    assert (outcomes.count(None), sum(isinstance(each, LostLease) for each in outcomes)) == (1, 7)
    queued = await db.fetch("SELECT name FROM stages WHERE job_id = $1 AND status = 'queued'", made.id)
    assert [row["name"] for row in queued] == ["silence"]


async def test_renew_after_a_cancel_says_so(user):
    made = await job(user.id)
    claimed = await claim_next(made.id)
    await runs.cancel(identity(user.id), made.id)

    assert await stages.renew(claimed, fraction=0.5, lease=LEASE) is None
    with pytest.raises(LostLease):
        await stages.finish(claimed, DONE)
    assert (await jobs.get(identity(user.id), made.id)).status == "cancelled"


async def test_progress_never_falls(user):
    made = await job(user.id)
    claimed = await claim_next(made.id)
    await stages.renew(claimed, fraction=0.9, lease=LEASE)
    high = (await jobs.get(identity(user.id), made.id)).progress

    await stages.renew(claimed, fraction=0.1, lease=LEASE)

    assert (await jobs.get(identity(user.id), made.id)).progress == high > 0


async def test_transient_failure_is_tried_again_later(user):
    made = await job(user.id)
    claimed = await claim_next(made.id)

    await stages.fail(claimed, failure.of(EngineFailed("the engine fell over")))

    row = await stage_row(claimed)
    assert (row["status"], row["queue"]) == ("queued", "media.retry")
    assert row["due_at"] > row["started_at"]
    assert (await jobs.get(identity(user.id), made.id)).status == "processing"


async def test_transient_failures_end_in_a_dead_letter(user):
    made = await job(user.id)
    for _ in range(4):
        await due_now(made.id)
        await stages.fail(await claim_next(made.id), failure.of(EngineFailed("the engine fell over")))

    view = await jobs.get(identity(user.id), made.id)
    letters = await db.fetch("SELECT * FROM dead_letters WHERE job_id = $1", made.id)
    attempts = await db.fetch("SELECT outcome, traceback FROM attempts")
    assert view.status == "failed"
    assert view.error is not None
    assert view.error.code == "engine_failed"
    assert [each["status"] for each in letters] == ["open"]
    assert [each["outcome"] for each in attempts] == ["failed"] * 4
    assert all("EngineFailed" in each["traceback"] for each in attempts)


async def test_permanent_failure_fails_at_once(user):
    made = await job(user.id)

    await stages.fail(await claim_next(made.id), failure.of(BadMedia("This is a picture", hint="Upload a recording")))

    view = await jobs.get(identity(user.id), made.id)
    assert (view.status, view.credits.held) == ("failed", 0)
    assert view.error is not None
    assert view.error.hint == "Upload a recording"


async def test_failed_diarization_keeps_the_text(user):
    made = await job(user.id, mode="dialogue")
    for _ in range(4):
        await stages.finish(await claim_next(made.id), DONE)
    claimed = await claim_next(made.id)
    assert claimed.name == "diarize"

    await stages.fail(claimed, failure.of(BadMedia("no voices")))
    await run_through(made.id)

    view = await jobs.get(identity(user.id), made.id)
    assert view.status == "completed"
    assert [each.stage for each in view.warnings] == ["diarize"]
    assert view.credits.charged == view.credits.quoted


async def test_worker_that_always_dies_ends_in_a_dead_letter(user):
    made = await job(user.id)
    for _ in range(4):
        await due_now(made.id)
        await claim_next(made.id, lease=EXPIRED)
        assert await stages.rescue_expired() == 1

    view = await jobs.get(identity(user.id), made.id)
    assert view.error is not None
    assert (view.status, view.error.code) == ("failed", "worker_lost")


async def test_rescue_leaves_living_leases_alone(user):
    made = await job(user.id)
    await claim_next(made.id)

    assert await stages.rescue_expired() == 0


async def test_release_costs_no_attempt(user):
    made = await job(user.id)
    claimed = await claim_next(made.id)

    await stages.release(claimed)

    again = await claim_next(made.id)
    assert (again.attempt, again.stage_id) == (1, claimed.stage_id)


async def test_retry_of_a_failed_job_goes_on_where_it_failed(user):
    made = await job(user.id)
    await stages.finish(await claim_next(made.id), DONE)
    await stages.fail(await claim_next(made.id), failure.of(BadMedia("damaged")))

    await runs.retry(identity(user.id), made.id)

    assert await run_through(made.id) == ["silence", "transcribe", "align", "deliver"]
    view = await jobs.get(identity(user.id), made.id)
    assert (view.status, view.credits.charged) == ("completed", view.credits.quoted)


async def test_retry_of_a_completed_job_improves_it_for_nothing(user):
    made = await job(user.id, mode="dialogue")
    for _ in range(4):
        await stages.finish(await claim_next(made.id), DONE)
    await stages.fail(await claim_next(made.id), failure.of(BadMedia("no voices")))
    await run_through(made.id)
    charged = (await jobs.get(identity(user.id), made.id)).credits.charged

    await runs.retry(identity(user.id), made.id)

    assert await run_through(made.id) == ["diarize", "deliver"]
    view = await jobs.get(identity(user.id), made.id)
    assert (view.status, view.warnings, view.credits.charged) == ("completed", [], charged)


async def test_retry_long_after_the_failure_decodes_the_recording_again(user):
    made = await job(user.id)
    await stages.finish(await claim_next(made.id), DONE)
    await stages.fail(await claim_next(made.id), failure.of(BadMedia("damaged")))
    await db.execute("UPDATE jobs SET finished_at = now() - interval '8 days'")

    assert await sound.forget_old() == 1
    assert await sound.forget_old() == 0
    await runs.retry(identity(user.id), made.id)

    assert await run_through(made.id) == ["ingest", "silence", "transcribe", "align", "deliver"]


async def completed_without_speakers(user_id: UUID) -> UUID:
    made = await job(user_id, mode="dialogue")
    for _ in range(4):
        await stages.finish(await claim_next(made.id), DONE)
    await stages.fail(await claim_next(made.id), failure.of(BadMedia("no voices")))
    await run_through(made.id)
    return made.id


@pytest.mark.parametrize("how", ["cancel", "fail"])
async def test_completed_job_stays_completed_when_its_new_run_ends_badly(make_user, how):
    user = await make_user(credits="1.00")
    job_id = await completed_without_speakers(user.id)
    await runs.retry(identity(user.id), job_id)

    if how == "cancel":
        await runs.cancel(identity(user.id), job_id)
    else:
        await stages.finish(await claim_next(job_id), DONE)
        await stages.fail(await claim_next(job_id), failure.of(BadMedia("no disk")))

    view = await jobs.get(identity(user.id), job_id)
    assert (view.status, view.credits.charged, view.credits.held) == ("completed", 1, 0)
    assert len(view.warnings) == 1
    await runs.retry(identity(user.id), job_id)  # for nothing: all credits are spent
    await run_through(job_id)
    assert (await jobs.get(identity(user.id), job_id)).warnings == []


async def test_retry_without_the_recording_is_refused(user):
    made = await job(user.id)
    await stages.fail(await claim_next(made.id), failure.of(BadMedia("damaged")))
    await db.execute("UPDATE media SET deleted_at = now()")

    with pytest.raises(Conflict, match="deleted"):
        await runs.retry(identity(user.id), made.id)

    assert (await jobs.get(identity(user.id), made.id)).status == "failed"


async def test_nul_in_an_error_does_not_hide_it(user):
    made = await job(user.id)

    await stages.fail(await claim_next(made.id), failure.of(BadMedia("the tag '\x00' is odd")))

    view = await jobs.get(identity(user.id), made.id)
    assert view.error is not None
    assert view.error.message == "the tag '\ufffd' is odd"


async def test_retry_keeps_the_warnings_of_stages_that_are_not_done_again(user):
    made = await job(user.id, mode="dialogue")
    told = Warned(code="fallback_engine", stage="transcribe", message="by a lesser engine")
    for name in ("ingest", "silence", "transcribe", "align"):
        warnings = (told,) if name == "transcribe" else ()
        await stages.finish(await claim_next(made.id), Finished(result=b"{}", warnings=warnings))
    await stages.fail(await claim_next(made.id), failure.of(BadMedia("no voices")))
    await run_through(made.id)

    await runs.retry(identity(user.id), made.id)

    assert (await jobs.get(identity(user.id), made.id)).warnings == [told]
