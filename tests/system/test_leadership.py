"""Two schedulers run, one leads; when it is killed the other one leads within seconds."""

from __future__ import annotations

import pytest
from reelscribe.platform import db
from reelscribe.platform.services import measures
from reelscribe.platform.services.scheduler import LEADER_LOCK

from .conftest import until, until_ended
from .test_recovery import text_job

pytestmark = pytest.mark.chaos


async def holders(*, granted: bool) -> set[int]:
    rows = await db.fetch(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND granted = $2",
        LEADER_LOCK % 2**32,
        granted,
    )
    return {row["pid"] for row in rows}


async def test_killed_leader_is_followed_by_the_other_one(user, processes):
    first = processes.start("scheduler")

    async def one_leads() -> bool:
        return len(await holders(granted=True)) == 1

    async def one_stands_by() -> bool:
        return len(await holders(granted=False)) == 1

    await until(one_leads, seconds=60, what="the first one leads")
    processes.start("scheduler")
    await until(one_stands_by, seconds=60, what="the second one stands by")
    standby = await holders(granted=False)

    processes.kill(first)

    async def other_leads() -> bool:
        return await holders(granted=True) == standby

    await until(other_leads, seconds=10, what="the second one leads")
    await text_job(user.id, 1)  # nobody here pushes its message, so the new leader has to
    processes.start("worker")
    assert await until_ended(user.id, seconds=60) == {"completed": 1}
    assert (await measures.current()).mended["push_due"] >= 1


async def test_standby_counts_nothing(user, processes):
    await text_job(user.id, 1)
    for _ in range(3):
        processes.start("scheduler")

    async def two_stand_by() -> bool:
        return len(await holders(granted=False)) == 2

    async def counted() -> bool:
        return bool((await measures.current()).mended)

    await until(two_stand_by, seconds=60, what="two stand by")
    await until(counted, seconds=30, what="the leader has pushed the message")

    assert (await measures.current()).mended == {"push_due": 1}
