"""What admins stop: nothing starts in a paused queue, nothing comes into a draining one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import BadInput
from reelscribe.platform.queue import dispatch
from reelscribe.platform.services import controls, jobs, stages
from reelscribe.platform.services.controls import Draining

from .factories import identity, job, media, waiting_message

pytestmark = pytest.mark.usefixtures("database", "redis")
LEASE = timedelta(seconds=30)


@pytest.mark.parametrize("name", ["media.normal", "media", "normal", "all"])
async def test_stage_of_a_paused_queue_is_not_claimed(user, admin, name):
    made = await job(user.id)
    stage_id, message_id = await waiting_message(made.id)
    await controls.stop(identity(admin.id), name, state="paused", reason="new disk")

    refused = await stages.claim(stage_id, message_id, worker="w", lease=LEASE)
    await controls.resume(identity(admin.id), name)

    assert refused is None
    assert await stages.claim(stage_id, message_id, worker="w", lease=LEASE) is not None


@pytest.mark.parametrize("name", ["engine", "media.low", "engine:stub", "engine:local"])
async def test_other_queues_and_engines_go_on(user, admin, name):
    made = await job(user.id)
    await controls.stop(identity(admin.id), name, state="paused", reason="new disk")

    assert await stages.claim(*await waiting_message(made.id), worker="w", lease=LEASE) is not None


async def test_stage_of_a_paused_engine_is_not_claimed(user, admin):
    made = await job(user.id)
    stage_id, message_id = await waiting_message(made.id)
    await db.execute("UPDATE stages SET queue = 'engine.normal' WHERE id = $1", stage_id)
    await controls.stop(identity(admin.id), "engine:stub", state="paused", reason="its key expired")

    assert await stages.claim(stage_id, message_id, worker="w", lease=LEASE) is None


async def test_refused_stage_is_queued_again_after_the_pause_and_not_before(user, admin):
    made = await job(user.id)
    await waiting_message(made.id)
    await db.execute("DELETE FROM outbox")  # its message was fetched and refused
    await controls.stop(identity(admin.id), "media", state="paused", reason="new disk")

    during = await stages.requeue_lost(older_than=timedelta(0))
    await controls.resume(identity(admin.id), "media")

    assert (during, await stages.requeue_lost(older_than=timedelta(0))) == (0, 1)


async def test_draining_queue_takes_no_new_job_and_charges_nothing(user, admin):
    begun = await job(user.id)
    await controls.stop(identity(admin.id), "normal", state="draining", reason="we move house")
    wanted = jobs.NewJob(media_id=await media(user.id), engine="stub")

    with pytest.raises(Draining, match="we move house"):
        await jobs.create(identity(user.id), wanted)

    rows = await db.fetch("SELECT job_id FROM credit_entries WHERE kind = 'hold'")
    assert [row["job_id"] for row in rows] == [begun.id]
    assert await stages.claim(*await waiting_message(begun.id), worker="w", lease=LEASE) is not None


async def test_job_that_comes_just_when_the_draining_ends_is_not_refused_for_another_reason(user, admin):
    recording = await media(user.id)
    coming = asyncio.create_task(_create_many(user.id, recording))

    while not coming.done():
        await controls.stop(identity(admin.id), "all", state="draining", reason="we move house")
        await controls.resume(identity(admin.id), "all")

    accepted, refused = await coming
    assert accepted
    assert refused


async def _create_many(user_id: UUID, recording: UUID) -> tuple[int, int]:
    accepted = refused = 0
    for _ in range(200):
        try:
            await jobs.create(identity(user_id), jobs.NewJob(media_id=recording, engine="stub"))
            accepted += 1
        except Draining:
            refused += 1
    return accepted, refused


async def test_draining_engine_takes_no_new_job_of_its_own(user, admin):
    await controls.stop(identity(admin.id), "engine:stub", state="draining", reason="retired")
    recording = await media(user.id)

    with pytest.raises(Draining):
        await jobs.create(identity(user.id), jobs.NewJob(media_id=recording, engine="stub"))
    other = await jobs.create(identity(user.id), jobs.NewJob(media_id=recording, engine="local"))

    assert other.status == "pending"


async def test_stopping_says_who_and_why(admin):
    await controls.stop(identity(admin.id), "engine", state="paused", reason="new disk")

    (stopped,) = await controls.list_stopped()

    assert (stopped.name, stopped.state, stopped.by, stopped.reason) == ("engine", "paused", admin.email, "new disk")
    assert [row["action"] for row in await db.fetch("SELECT action FROM audit_log")] == ["queue.paused"]


@pytest.mark.parametrize(("name", "reason"), [("engine.fast", "why"), ("engine:nobody", "why"), ("engine", " ")])
async def test_unknown_name_or_missing_reason_is_refused(admin, name, reason):
    with pytest.raises(BadInput):
        await controls.stop(identity(admin.id), name, state="paused", reason=reason)

    assert await controls.list_stopped() == []


async def test_resuming_what_runs_changes_nothing(admin):
    assert not await controls.resume(identity(admin.id), "engine")
    assert await db.fetch("SELECT 1 FROM audit_log") == []


async def test_workers_are_told_again_what_redis_forgot(admin, redis):
    await controls.stop(identity(admin.id), "engine", state="paused", reason="new disk")
    await redis.flushall()

    await controls.tell()

    assert await redis.smembers(dispatch.STOPPED) == {"engine"}
