"""From claim to outcome: whatever the work does, the stage has one outcome and the worker goes on."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

import psutil
import pytest
from reelscribe.actors import work
from reelscribe.platform import db
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.process import run as process
from reelscribe.platform.services import jobs, runs
from reelscribe.platform.services.job_views import JobView
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


async def limited_to(seconds: float, user_id) -> JobView:
    """A job whose first step may take so many seconds: its limit is five minutes and one second per second."""
    made = await job(user_id)
    await db.execute("UPDATE media SET duration_seconds = $1", seconds - 300)
    return made


async def test_work_is_asked_to_stop_before_it_is_stopped(user):
    made = await limited_to(5.0, user.id)

    async def doing(_stage, report) -> Finished:
        await report.stop_asked.wait()
        return Finished(result=b"{}")

    await perform(made.id, doing)

    assert await outcomes(made.id) == ["succeeded"]


# It says who it is once it does not listen any more.
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), flush=True)
time.sleep(600)
"""


async def test_hard_limit_ends_a_child_that_ignores_being_asked(user):
    made = await limited_to(3.0, user.id)
    pids: list[int] = []

    async def doing(_stage, _report) -> Finished:
        async with process.started([sys.executable, "-c", STUBBORN], timeout=timedelta(hours=1)) as child:
            async for line in child.lines():
                pids.append(int(line))
        raise AssertionError("the child ended by itself")

    await perform(made.id, doing)

    assert [psutil.pid_exists(pid) for pid in pids] == [False]
    assert await outcomes(made.id) == ["failed"]
    row = await db.fetch_one("SELECT error->>'code' AS code, exit_code FROM attempts")
    assert row is not None
    assert (row["code"], row["exit_code"]) == ("time_limit", -9)
