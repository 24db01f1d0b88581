"""Duties go on whatever one of them meets; there is one leader."""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg
import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import NotFound, Unavailable
from reelscribe.platform.services import measures, scheduler
from reelscribe.platform.services.scheduler import DUTIES, Duty

pytestmark = pytest.mark.usefixtures("database", "redis")


async def refuse(error: Exception) -> int:
    raise error


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("away"),
        NotFound("an odd row"),
        asyncpg.CheckViolationError("an odd row"),
        msgspec.ValidationError("what an older version stored"),
    ],
    ids=repr,
)
async def test_failing_duty_is_put_off(error):
    duty = Duty(name="odd", every_seconds=1, run=lambda: refuse(error))

    assert await scheduler.perform(duty) == 0


async def mend(count: int) -> int:
    return count


async def test_what_a_duty_mended_is_counted_since_the_beginning():
    duty = Duty(name="odd", every_seconds=1, run=lambda: mend(3))
    await scheduler.perform(duty)
    await scheduler.perform(duty)
    await scheduler.perform(Duty(name="idle", every_seconds=1, run=lambda: mend(0)))

    assert dict((await measures.current()).mended) == {"odd": 6}


async def test_bug_in_a_duty_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        await scheduler.perform(Duty(name="bug", every_seconds=1, run=lambda: refuse(ZeroDivisionError())))


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.name)
async def test_every_duty_finds_nothing_to_mend_in_an_empty_platform(duty):
    assert await scheduler.perform(duty) == 0


async def holders() -> int:
    """Ten for who leads, one for each that leads or waits."""
    row = await db.fetch_one(
        "SELECT count(*) FILTER (WHERE granted) AS held, count(*) AS all FROM pg_locks"
        " WHERE locktype = 'advisory' AND objid = $1",
        scheduler.LEADER_LOCK % 2**32,
    )
    assert row is not None
    return int(row["held"]) * 10 + int(row["all"])


async def test_second_scheduler_stands_by_until_the_first_is_gone():
    first = asyncio.create_task(scheduler._lead())
    await _until(holders, 11)
    second = asyncio.create_task(scheduler._lead())
    await _until(holders, 12)

    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await _until(holders, 11)

    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def _until(value, wanted: object) -> None:
    async with asyncio.timeout(20):
        while await value() != wanted:  # noqa: ASYNC110 - another session of PostgreSQL changes it
            await asyncio.sleep(0.001)


async def test_leader_that_is_losing_its_connection_ends_when_it_is_told_to():
    stop = asyncio.Event()
    leading = asyncio.create_task(scheduler._lead_until(stop))
    await _until(holders, 11)

    async with db.transaction():
        await db.execute("LOCK TABLE outbox")  # a duty that waits for it takes a moment to end
        await db.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        await _until(all_duties_go_on, False)
        stop.set()
        leading.cancel()

    await asyncio.wait([leading], timeout=20)
    assert leading.done()


async def all_duties_go_on() -> bool:
    going_on = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__name__", "") == "_repeat"]
    return len(going_on) == len(DUTIES)


async def test_duty_that_swallows_a_cancel_ends_all_the_same():
    begun = asyncio.Event()

    async def swallow() -> int:
        begun.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return 0

    task = asyncio.create_task(scheduler._repeat(Duty(name="odd", every_seconds=3600, run=swallow)))
    await begun.wait()
    task.cancel()

    await asyncio.wait([task], timeout=20)
    assert task.done()
