"""What an engine keeps between attempts, and why its work is interrupted."""

from __future__ import annotations

import asyncio

import pytest
from reelscribe.actors import work
from reelscribe.actors.report import Report
from reelscribe.platform import db
from reelscribe.platform.engines.protocol import GOES_ON, Memory
from reelscribe.platform.errors import EngineFailed
from reelscribe.platform.services import runs
from reelscribe.platform.services.stages import Finished

from tests.platform.services.factories import identity, job, waiting_message

pytestmark = pytest.mark.usefixtures("database", "redis")


async def test_note_is_there_in_the_next_attempt(user):
    made = await job(user.id)
    found: list[str | None] = []

    async def doing(_stage, report: Report) -> Finished:
        assert isinstance(report, Memory)
        found.append(await report.remembered())
        await report.remember(f"attempt {len(found)}")
        raise EngineFailed("busy")

    for _ in range(2):
        await db.execute("UPDATE stages SET due_at = now() WHERE status = 'queued'")
        await work.perform(*await waiting_message(made.id), doing)

    assert found == [None, "attempt 1"]


@pytest.mark.parametrize("is_cancelled", [True, False], ids=["cancelled", "taken by another worker"])
async def test_interrupted_work_learns_whether_the_job_goes_on(user, is_cancelled):
    made = await job(user.id)
    began = asyncio.Event()
    told: list[tuple[object, ...]] = []

    async def doing(_stage, _report) -> Finished:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as exc:
            told.append(exc.args)
            raise
        raise AssertionError("unreachable")

    performing = asyncio.create_task(work.perform(*await waiting_message(made.id), doing))
    await asyncio.wait_for(began.wait(), 20)
    if is_cancelled:
        await runs.cancel(identity(user.id), made.id)
    else:
        await db.execute("UPDATE stages SET lease_token = gen_random_uuid() WHERE status = 'running'")
    await asyncio.wait_for(performing, 20)

    assert told == [() if is_cancelled else (GOES_ON,)]
