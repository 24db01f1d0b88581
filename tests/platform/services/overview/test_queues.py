"""What waits, how long, how fast it goes, and what is stopped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import BadInput, NotFound
from reelscribe.platform.services import stages
from reelscribe.platform.services.overview import queues
from reelscribe.platform.services.overview.queues import QueueView
from reelscribe.platform.services.sessions import Identity

from tests.conftest import User
from tests.platform.services import factories

pytestmark = pytest.mark.usefixtures("database", "redis")


async def _queue(name: str) -> QueueView:
    return next(each for each in (await queues.look()).items if each.name == name)


async def _take(user: User, worker: str = "w1") -> stages.Claimed:
    job = await factories.job(user.id)
    claimed = await stages.claim(*await factories.waiting_message(job.id), worker=worker, lease=timedelta(seconds=60))
    assert claimed is not None
    return claimed


async def test_queue_is_quiet_when_nothing_came() -> None:
    found = await queues.look()

    assert len(found.items) == 15
    assert all(each.is_quiet and each.oldest_age_seconds is None for each in found.items)


async def test_queue_counts_what_waits_and_for_how_long(user: User) -> None:
    for _ in range(2):
        await factories.job(user.id)
    await db.execute("UPDATE stages SET due_at = now() - interval '90 seconds' WHERE status = 'queued'")

    found = await _queue("media.normal")

    assert (found.depth, found.running, found.later) == (2, 0, 0)
    assert found.oldest_age_seconds == pytest.approx(90, abs=20)
    assert found.arrivals_per_minute == 2 / 5


async def test_queue_tells_later_from_now_when_a_stage_is_not_due(user: User) -> None:
    await factories.job(user.id)
    await db.execute(
        "UPDATE stages SET due_at = now() + interval '1 hour', queue = 'media.retry' WHERE status = 'queued'"
    )

    found = await _queue("media.retry")

    assert (found.depth, found.later, found.oldest_age_seconds) == (0, 1, None)
    assert found.next_at is not None


async def test_queue_counts_what_runs_and_what_was_done(user: User) -> None:
    await _take(user)
    done = await _take(user)
    await db.execute(
        "UPDATE attempts SET outcome = 'succeeded', finished_at = now() WHERE stage_id = $1", done.stage_id
    )

    found = await _queue("media.normal")

    assert found.running == 2
    assert found.completions_per_minute == 1 / 5


async def test_queue_is_deserted_when_only_a_silent_worker_takes_from_it(user: User) -> None:
    await factories.job(user.id)
    await db.execute(
        "INSERT INTO workers (id, host, pid, queues, seen_at)"
        " VALUES ('w1', 'h', 1, '{media.normal}', now() - interval '1 minute')"
    )
    deserted = (await _queue("media.normal")).is_deserted

    await db.execute("UPDATE workers SET seen_at = now()")

    assert deserted
    assert (await _queue("media.normal")).workers == 1


async def test_held_jobs_and_dead_letters_are_counted_apart(user: User) -> None:
    job = await factories.job(user.id)
    await db.execute("UPDATE jobs SET admitted_at = NULL, created_at = now() - interval '1 hour'")
    await db.execute(
        "INSERT INTO dead_letters (job_id, stage_id, user_id, run, stage_name, error_code, error_class, message,"
        " fingerprint) SELECT job_id, id, $2, 1, name, 'x', 'X', 'x', 'f' FROM stages WHERE job_id = $1 LIMIT 1",
        job.id,
        user.id,
    )

    found = await queues.look()

    assert (found.held.count, found.dead.count) == (1, 1)
    assert found.held.oldest_age_seconds == pytest.approx(3600, abs=60)


@pytest.mark.parametrize("name", ["media.normal", "media", "normal", "all"])
async def test_queue_says_who_stopped_it_and_why(boss: Identity, name: str) -> None:
    await queues.pause(boss, name, reason="new disks")

    found = await _queue("media.normal")

    assert found.paused
    assert [(each.name, each.by, each.reason) for each in found.stopped] == [(name, boss.email, "new disks")]
    assert not (await _queue("engine.high")).paused or name == "all"


async def test_draining_queue_is_not_paused(boss: Identity) -> None:
    await queues.pause(boss, "media", reason="maintenance at noon", drain=True)

    found = await _queue("media.low")

    assert not found.paused
    assert found.stopped[0].state == "draining"


async def test_everything_runs_again_when_all_is_resumed(boss: Identity) -> None:
    for name in ("media", "engine:stub", "low"):
        await queues.pause(boss, name, reason="tests")

    resumed = await queues.resume_all(boss)

    assert sorted(resumed) == ["engine:stub", "low", "media"]
    assert (await queues.look()).stopped == []


async def test_resume_changes_nothing_when_it_was_not_stopped(boss: Identity) -> None:
    assert not await queues.resume(boss, "engine.high")


async def test_stop_is_refused_when_the_name_or_the_reason_is_missing(boss: Identity) -> None:
    with pytest.raises(NotFound):
        await queues.pause(boss, "engine.urgent", reason="tests")
    with pytest.raises(NotFound):
        await queues.resume(boss, "engine.urgent")
    with pytest.raises(BadInput):
        await queues.pause(boss, "engine.high", reason="  ")
