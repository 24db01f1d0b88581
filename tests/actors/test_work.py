"""From claim to outcome: whatever the work does, the stage has one outcome and the worker goes on."""

from __future__ import annotations

import asyncio

import pytest
from reelscribe.actors import work
from reelscribe.platform import db
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.services import jobs, runs
from reelscribe.platform.services.stages import Finished

from tests.platform.services.factories import identity, job, waiting_message

pytestmark = pytest.mark.usefixtures("database", "redis")


async def perform(job_id, doing) -> None:
    stage_id, message_id = await waiting_message(job_id)
    await work.perform(stage_id, message_id, doing)


async def outcomes(job_id) -> list[str]:
    rows = await db.fetch(
        "SELECT a.outcome FROM attempts a JOIN stages s ON s.id = a.stage_id WHERE s.job_id = $1", job_id
    )
    return [row["outcome"] for row in rows]


async def test_result_moves_the_job_on(user):
    made = await job(user.id)

    async def doing(_stage, _report) -> Finished:
        return Finished(result=b"{}")

    await perform(made.id, doing)

    assert await outcomes(made.id) == ["succeeded"]
    assert await waiting_message(made.id)


@pytest.mark.parametrize("error", [BadMedia("no"), ZeroDivisionError("a bug"), TimeoutError("of the work itself")])
async def test_error_becomes_a_failed_attempt(user, error):
    made = await job(user.id)

    async def doing(_stage, _report) -> Finished:
        raise error

    await perform(made.id, doing)

    assert await outcomes(made.id) == ["failed"]
    row = await db.fetch_one("SELECT error->>'code' AS code FROM attempts")
    assert row is not None
    assert row["code"] != "time_limit"


async def test_result_that_cannot_be_stored_becomes_a_failed_attempt(user):
    made = await job(user.id)

    async def doing(_stage, _report) -> Finished:
        return Finished(result=b'{"text": "\\u0000"}')

    await perform(made.id, doing)

    assert await outcomes(made.id) == ["failed"]


async def test_cancel_interrupts_the_work(user):
    made = await job(user.id)
    began, interrupted = asyncio.Event(), asyncio.Event()

    async def doing(_stage, _report) -> Finished:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            interrupted.set()
        raise AssertionError("unreachable")

    performing = asyncio.create_task(perform(made.id, doing))
    await asyncio.wait_for(began.wait(), 20)
    await runs.cancel(identity(user.id), made.id)
    await asyncio.wait_for(performing, 20)

    assert interrupted.is_set()
    assert await outcomes(made.id) == ["cancelled"]
    assert (await jobs.get(identity(user.id), made.id)).status == "cancelled"


async def test_old_message_is_not_worked_on(user):
    made = await job(user.id)
    stage_id, message_id = await waiting_message(made.id)
    await runs.cancel(identity(user.id), made.id)

    async def doing(_stage, _report) -> Finished:
        raise AssertionError("a cancelled job was worked on")

    await work.perform(stage_id, message_id, doing)

    assert await outcomes(made.id) == []
