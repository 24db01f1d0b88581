"""Bulk actions with real schedulers: one is killed in the middle, another one goes on."""

from __future__ import annotations

from reelscribe.platform import db
from reelscribe.platform.services.dead_letters import bulk, bulk_views
from reelscribe.platform.services.dead_letters.bulk import Options, Selection
from reelscribe.platform.services.dead_letters.filters import Filter

from tests.platform.services.dead_letters import failed

from .conftest import until

_COUNT = 600


async def test_killed_scheduler_leaves_nothing_lost_or_doubled(processes, admin, make_user):
    user = await make_user(credits="1000.00")
    await failed.many(user.id, _COUNT, code="no_model")
    boss = failed.administrator(admin)
    action = await bulk.start(
        boss, "requeue", Selection(filter=Filter()), Options(), reason="again", confirm=str(_COUNT)
    )

    async def done() -> int:
        return (await bulk_views.get(action.id)).done

    async def is_under_way() -> bool:
        return await done() > 20

    async def is_over() -> bool:
        return (await bulk_views.get(action.id)).status == "finished"

    first = processes.start("scheduler")
    await until(is_under_way, seconds=30, what="the first scheduler requeues")
    processes.kill(first)
    assert await done() < _COUNT
    processes.start("scheduler")
    await until(is_over, seconds=60, what="the second scheduler finishes")

    end = await bulk_views.get(action.id)
    assert (end.done, end.skipped) == (_COUNT, 0)
    rows = await db.fetch(
        "SELECT j.run, count(e.id) AS holds FROM jobs j JOIN credit_entries e ON e.job_id = j.id AND e.kind = 'hold'"
        " GROUP BY j.id, j.run"
    )
    assert [(row["run"], row["holds"]) for row in rows] == [(2, 2)] * _COUNT  # the failed run's, and the new one's
