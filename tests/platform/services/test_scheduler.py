"""Duties go on whatever one of them meets; there is one leader."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import NotFound, Unavailable
from reelscribe.platform.services import scheduler
from reelscribe.platform.services.scheduler import DUTIES, Duty

pytestmark = pytest.mark.usefixtures("database", "redis")


async def refuse(error: Exception) -> int:
    raise error


@pytest.mark.parametrize(
    "error", [Unavailable("away"), NotFound("an odd row"), asyncpg.CheckViolationError("an odd row")], ids=repr
)
async def test_failing_duty_is_put_off(error):
    duty = Duty(name="odd", every_seconds=1, run=lambda: refuse(error))

    assert await scheduler.perform(duty) == 0


async def test_bug_in_a_duty_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        await scheduler.perform(Duty(name="bug", every_seconds=1, run=lambda: refuse(ZeroDivisionError())))


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.name)
async def test_every_duty_finds_nothing_to_mend_in_an_empty_platform(duty):
    assert await scheduler.perform(duty) == 0


async def test_second_scheduler_stands_by_until_the_first_is_gone():
    async def holders() -> int:
        row = await db.fetch_one(
            "SELECT count(*) FILTER (WHERE granted) AS held, count(*) AS all FROM pg_locks"
            " WHERE locktype = 'advisory' AND objid = $1",
            scheduler._LEADER_LOCK % 2**32,
        )
        assert row is not None
        return int(row["held"]) * 10 + int(row["all"])

    first = asyncio.create_task(scheduler._lead())
    await _until(holders, 11)
    second = asyncio.create_task(scheduler._lead())
    await _until(holders, 12)

    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await _until(holders, 11)

    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def _until(value, wanted: int) -> None:
    async with asyncio.timeout(20):
        while await value() != wanted:  # noqa: ASYNC110 - another session of PostgreSQL changes it
            await asyncio.sleep(0.02)
