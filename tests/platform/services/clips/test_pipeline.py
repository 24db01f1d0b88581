"""Each clip is rendered by a stage of its own: one failure costs one clip, all failures cost the job."""

from __future__ import annotations

import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.lifecycle import StageName
from reelscribe.platform.errors import LostLease, MediaFailed, TimeLimitReached
from reelscribe.platform.services import failure, library, runs, sound, stages, waiting
from reelscribe.platform.services.clips import views
from reelscribe.platform.services.stages import Finished

from tests.platform.services.factories import identity

from .conftest import Work

pytestmark = pytest.mark.usefixtures("database")

BROKEN = failure.of(TimeLimitReached("ffmpeg was stopped"))


async def fail_for_good(work: Work, stage_id, why=BROKEN) -> None:
    await db.execute("UPDATE stages SET attempts = max_attempts - 1 WHERE id = $1", stage_id)
    await work.fail(stage_id, why)


async def statuses(work: Work) -> list[str]:
    return [clip.status for clip in (await views.of_job(work.user_id, work.job_id)).items]


async def test_renderings_are_queued_together(work):
    renderings = await work.to_renders()

    assert len(renderings) == 3
    assert await statuses(work) == ["pending"] * 3


async def test_delivery_waits_for_the_last_rendering(work):
    first, second, third = await work.to_renders()

    await work.render(first)
    await work.render(second)
    assert await work.queued("deliver") == []
    await work.render(third)

    assert len(await work.queued("deliver")) == 1


async def test_job_completes_with_all_clips(work):
    await work.complete()

    assert await work.status() == "completed"
    assert await statuses(work) == ["ready"] * 3


async def test_progress_counts_all_renderings(work):
    first, second, _ = await work.to_renders()
    await work.render(first)
    stage = await work.claim(second)

    percent = await stages.renew(stage, fraction=0.5, lease=stage.time_limit)

    # Up to the renderings 106 of 168 parts, half of the renderings' 60 is done: (106 + 30) / 168
    assert percent == 80


async def test_failed_rendering_costs_its_clip_only(work):
    first, second, third = await work.to_renders()

    await fail_for_good(work, first)
    await work.render(second)
    await work.render(third)
    await work.deliver()

    job = await db.fetch_one("SELECT status, warnings->0->>'stage' AS warned FROM jobs WHERE id = $1", work.job_id)
    assert job is not None
    assert (job["status"], job["warned"]) == ("completed", "render")
    assert sorted(await statuses(work)) == ["failed", "ready", "ready"]


async def test_job_fails_when_no_clip_can_be_rendered(work):
    for stage_id in await work.to_renders():
        await fail_for_good(work, stage_id)

    assert await work.status() == "failed"
    letter = await db.fetch_one("SELECT stage_name FROM dead_letters WHERE job_id = $1", work.job_id)
    assert letter is not None
    assert letter["stage_name"] == "render"


async def test_failed_rendering_is_tried_again_first(work):
    first, *_ = await work.to_renders()

    await work.fail(first, failure.of(MediaFailed("once")))

    row = await db.fetch_one("SELECT status, queue FROM stages WHERE id = $1", first)
    assert row is not None
    assert (row["status"], row["queue"]) == ("queued", "media.retry")


async def test_error_of_the_last_try_promises_no_other(work):
    first, *_ = await work.to_renders()
    unexpected = failure.of(ZeroDivisionError())
    assert unexpected.problem(StageName.RENDER).hint.startswith(failure.TRIED_AGAIN)

    await fail_for_good(work, first, unexpected)

    row = await db.fetch_one(
        "SELECT c.error->>'hint' AS hint FROM clips c JOIN stages s ON s.clip_id = c.id WHERE s.id = $1", first
    )
    assert row is not None
    assert row["hint"] == "Try it again; if it fails once more, ask your administrator."


async def test_retry_renders_only_what_failed(work):
    first, second, third = await work.to_renders()
    await fail_for_good(work, first)
    await work.render(second)
    await work.render(third)
    await work.deliver()

    await runs.retry(identity(work.user_id), work.job_id)

    assert await work.queued() == [first]
    await work.render(first)
    assert await work.status() == "completed"
    assert await statuses(work) == ["ready"] * 3
    versions = await db.fetch_one("SELECT count(*) AS n FROM transcripts WHERE job_id = $1", work.job_id)
    assert versions is not None
    assert versions["n"] == 1


async def test_failed_clip_is_no_reason_to_keep_or_decode_the_sound_again(work):
    first, second, third = await work.to_renders()
    await fail_for_good(work, first)
    await work.render(second)
    await work.render(third)
    assert await sound.may_be_wanted(work.job_id) is False
    await work.deliver()
    await db.execute("UPDATE jobs SET finished_at = now() - interval '30 days' WHERE id = $1", work.job_id)

    forgotten = await sound.forget_old()

    assert forgotten == 0
    await runs.retry(identity(work.user_id), work.job_id)
    assert await work.queued() == [first]


async def test_job_that_waits_for_clips_says_what_comes_first(work):
    first, *_ = await work.to_renders()
    await work.fail(first, failure.of(MediaFailed("once")))
    await db.execute("UPDATE stages SET due_at = '2100-01-01T03:04:05Z' WHERE id = $1", first)
    await db.execute("INSERT INTO workers (id, queues) VALUES ('w', '{media.normal,media.high,media.retry}')")

    assert await waiting.why(work.job_id) == "Waiting for a free worker"


async def test_cancel_stops_every_rendering_and_keeps_what_is_made(work):
    first, second, _ = await work.to_renders()
    await work.render(first)
    running = await work.claim(second)

    await runs.cancel(identity(work.user_id), work.job_id)

    with pytest.raises(LostLease):
        await stages.finish(running, Finished(result=b"{}"))
    assert await work.status() == "cancelled"
    assert sorted(await statuses(work)) == ["failed", "failed", "ready"]


async def test_rendering_goes_on_after_a_cancel_is_retried(work):
    first, *_ = await work.to_renders()
    await work.render(first)
    await runs.cancel(identity(work.user_id), work.job_id)

    await runs.retry(identity(work.user_id), work.job_id)

    assert len(await work.queued()) == 2
    assert sorted(await statuses(work)) == ["pending", "pending", "ready"]


async def test_late_result_of_a_lost_worker_is_not_written(work):
    first, *_ = await work.to_renders()
    stage = await work.claim(first)
    await db.execute("UPDATE stages SET lease_expires_at = now() - interval '1 second' WHERE id = $1", first)
    await stages.rescue_expired()

    with pytest.raises(LostLease):
        await work.finish(stage)

    assert "ready" not in await statuses(work)


async def test_rendering_is_charged_once_with_the_job(work):
    await work.complete()

    entries = await db.fetch(
        "SELECT balance_delta FROM credit_entries WHERE job_id = $1 AND kind = 'capture'", work.job_id
    )
    # One minute: 1.00 for the text, 0.50 for the clips.
    assert [str(entry["balance_delta"]) for entry in entries] == ["-1.50"]


async def test_renderings_are_one_step_to_look_at(work):
    first, *_ = await work.to_renders()
    await work.render(first)

    detail = await library.detail(identity(work.user_id), work.job_id)

    (step,) = [stage for stage in detail.stages if stage.name == "render"]
    assert (step.status, step.done, step.count) == ("queued", 1, 3)


async def test_renderings_that_are_not_chosen_yet_are_to_come(work):
    detail = await library.detail(identity(work.user_id), work.job_id)

    names = [stage.name for stage in detail.stages]
    assert names[names.index("select") :] == ["select", "render", "deliver"]
