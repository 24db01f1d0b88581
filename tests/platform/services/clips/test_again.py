"""Clips that are changed or deleted while their job ends, waits or begins anew: nothing is stuck, nothing is lost."""

from __future__ import annotations

import asyncio
import contextvars

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import LostLease, TimeLimitReached
from reelscribe.platform.services import failure, partials, runs, stages
from reelscribe.platform.services.clips import edits, reels, views
from reelscribe.platform.services.clips.edits import ClipChanges
from reelscribe.platform.services.clips.reels import NewReel
from reelscribe.platform.services.stages import Claimed, Finished

from tests.platform.services import factories
from tests.platform.services.factories import identity

from .conftest import Work

pytestmark = pytest.mark.usefixtures("database")

BROKEN = failure.of(TimeLimitReached("too slow"))


async def fail_for_good(work: Work, stage_id) -> None:
    await db.execute("UPDATE stages SET attempts = max_attempts - 1 WHERE id = $1", stage_id)
    await work.fail(stage_id, BROKEN)


async def change(work: Work, clip_id) -> None:
    await edits.change(identity(work.user_id), clip_id, ClipChanges(style="bold"))


async def rendering_again(work: Work, clip_id) -> Claimed:
    await change(work, clip_id)
    (stage_id,) = await work.queued()
    return await work.claim(stage_id)


async def rendered_once(work: Work) -> list[views.ClipView]:
    for stage_id in await work.to_renders():
        await work.render(stage_id)
    return (await views.of_job(work.user_id, work.job_id)).items


async def test_failed_delivery_stops_the_rendering_beside_it(work):
    clip, *_ = await rendered_once(work)
    rendering = await rendering_again(work, clip.id)
    (deliver,) = await work.queued("deliver")

    await fail_for_good(work, deliver)

    with pytest.raises(LostLease):
        await work.finish(rendering)
    assert await work.status() == "failed"
    assert (await views.get(work.user_id, clip.id)).status == "ready"


async def test_rendering_that_a_failure_stopped_is_done_by_the_retry(work):
    clip, *_ = await rendered_once(work)
    rendering = await rendering_again(work, clip.id)
    (deliver,) = await work.queued("deliver")
    await fail_for_good(work, deliver)

    await runs.retry(identity(work.user_id), work.job_id)

    assert await work.queued() == [rendering.stage_id]
    assert await work.render(rendering.stage_id) == clip.id
    await work.deliver()
    assert await work.status() == "completed"


async def test_failed_new_run_stops_the_rendering_beside_it(work):
    clip_id, *_ = await work.complete()
    await db.execute("UPDATE stages SET status = 'cancelled' WHERE job_id = $1 AND name = 'deliver'", work.job_id)
    await runs.retry(identity(work.user_id), work.job_id)
    rendering = await rendering_again(work, clip_id)
    (deliver,) = await work.queued("deliver")

    await fail_for_good(work, deliver)

    with pytest.raises(LostLease):
        await work.finish(rendering)
    assert await work.status() == "completed"
    assert (await views.get(work.user_id, clip_id)).status == "ready"


async def lock_is_waited_for() -> None:
    while not await db.fetch("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)


async def test_change_that_meets_the_end_of_its_job_is_rendered(work):
    clip, *_ = await rendered_once(work)
    (deliver,) = await work.queued("deliver")
    delivered = await work.claim(deliver)

    async with asyncio.timeout(30), db.transaction():
        await change(work, clip.id)
        # In a context of its own, so that it does not join this transaction.
        finishing = stages.finish(delivered, Finished(result=b'{"version":1}'))
        delivering = asyncio.create_task(finishing, context=contextvars.Context())
        await asyncio.create_task(lock_is_waited_for(), context=contextvars.Context())
    await delivering

    assert await work.status() == "processing"
    (stage_id,) = await work.queued()
    await work.render(stage_id)
    assert await work.status() == "completed"


async def test_deleting_the_clip_of_a_run_that_waits_for_its_turn_ends_the_run(work):
    clip_id, *_ = await work.complete()
    await db.execute("UPDATE users SET max_jobs_at_once = 1 WHERE id = $1", work.user_id)
    await factories.job(work.user_id)
    await change(work, clip_id)
    assert await work.status() == "pending"

    await edits.delete(identity(work.user_id), clip_id)

    assert await work.status() == "completed"


async def test_clip_that_was_changed_is_rendered_when_the_job_begins_anew(work):
    clip, *_ = await rendered_once(work)
    await change(work, clip.id)
    (deliver,) = await work.queued("deliver")
    await fail_for_good(work, deliver)

    async with db.transaction():
        await runs.restart(work.job_id, by=None, reason="from the start", from_start=True)
    await rendered_once(work)
    await work.deliver()

    clips = (await views.of_job(work.user_id, work.job_id)).items
    assert len(clips) == 6  # the three of before stay beside the new ones
    assert [(clip.status, clip.is_stale) for clip in clips] == [("ready", False)] * 6


async def test_retry_chooses_anew_when_every_clip_was_deleted(work):
    clips = await rendered_once(work)
    await runs.cancel(identity(work.user_id), work.job_id)
    for clip in clips:
        await edits.delete(identity(work.user_id), clip.id)

    await runs.retry(identity(work.user_id), work.job_id)

    assert len(await rendered_once(work)) == 3
    await work.deliver()
    assert await work.status() == "completed"


async def test_cancel_of_a_change_does_not_make_what_was_delivered_free(work):
    clip, *_ = await rendered_once(work)
    await change(work, clip.id)
    await work.deliver()

    await runs.cancel(identity(work.user_id), work.job_id)

    assert await work.status() == "completed"
    assert (await views.get(work.user_id, clip.id)).status == "ready"
    entries = await db.fetch("SELECT kind FROM credit_entries WHERE job_id = $1 ORDER BY id", work.job_id)
    assert [entry["kind"] for entry in entries] == ["hold", "capture"]


async def test_retry_shows_that_the_changed_clip_is_made_anew(work):
    clip_id, *_ = await work.complete()
    await change(work, clip_id)
    (stage_id,) = await work.queued()
    await fail_for_good(work, stage_id)

    await runs.retry(identity(work.user_id), work.job_id)

    assert (await views.get(work.user_id, clip_id)).status == "pending"


async def test_run_for_a_reel_that_is_cancelled_puts_no_draft_above_what_was_delivered(work):
    clips = await rendered_once(work)
    (deliver,) = await work.queued("deliver")
    delivering = await work.claim(deliver)
    reel = await reels.create(identity(work.user_id), work.job_id, NewReel(clips=(clips[0].id,)))
    await work.finish_delivery(delivering)
    for clip in clips:
        await edits.delete(identity(work.user_id), clip.id)
    (rendering,) = await work.queued()
    await fail_for_good(work, rendering)
    assert await work.status() == "failed"
    await runs.retry(identity(work.user_id), work.job_id)

    await runs.cancel(identity(work.user_id), work.job_id)
    await partials.keep_missed()

    assert await work.status() == "cancelled"
    assert (await views.get(work.user_id, reel.id)).status == "failed"
    versions = await db.fetch("SELECT origin FROM transcripts WHERE job_id = $1", work.job_id)
    assert [version["origin"] for version in versions] == ["engine"]
