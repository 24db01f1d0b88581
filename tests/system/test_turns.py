"""Who starts first when a worker with one slot meets full queues: only the order counts, nobody looks at a clock."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest
from reelscribe.platform import db, storage
from reelscribe.platform.services import jobs

from ..platform.services.factories import identity, media
from .conftest import until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("pusher")]

LIMITLESS = 10_000


async def queue(user_id: UUID, count: int, *, priority: str = "normal") -> list[UUID]:
    """Create jobs on one text, as the API would."""

    async def content():
        yield b"One two three."

    key = f"media/turns-{user_id}"
    await storage.current().put(key, content())
    media_id = await media(user_id, kind="text", seconds=None, key=key)
    wanted = jobs.NewJob(media_id=media_id, engine="stub", priority=priority)
    return [(await jobs.create(identity(user_id), wanted)).id for _ in range(count)]


async def allow(user_id: UUID, at_once: int | None) -> None:
    """Let so many jobs of the user be worked on at once; None for what the settings say."""
    await db.execute("UPDATE users SET max_jobs_at_once = $2 WHERE id = $1", user_id, at_once)


async def started() -> Sequence[db.Row]:
    """The jobs that have started, in that order."""
    return await db.fetch("SELECT id, user_id FROM jobs WHERE started_at IS NOT NULL ORDER BY started_at")


async def first_starts(processes, count: int) -> Sequence[db.Row]:
    """Start a worker with one slot once all messages are in Redis; return the first ``count`` jobs that start."""

    async def all_pushed() -> bool:
        return not await db.fetch("SELECT 1 FROM outbox LIMIT 1")

    async def enough() -> bool:
        return len(await started()) >= count

    await until(all_pushed, seconds=60, what="all messages are pushed")
    processes.start("worker", media_slots="1", engine_slots="1")
    await until(enough, seconds=120, what=f"{count} jobs have started")
    return (await started())[:count]


async def test_high_job_starts_before_five_hundred_low_ones(user, stranger, processes):
    await allow(user.id, LIMITLESS)
    await queue(user.id, 500, priority="low")
    [high] = await queue(stranger.id, 1, priority="high")

    first = await first_starts(processes, 3)

    assert first[0]["id"] == high


@pytest.mark.parametrize("at_once", [LIMITLESS, None])
async def test_single_job_starts_among_the_first_two_though_another_user_has_a_thousand(
    user, stranger, processes, at_once
):
    await allow(user.id, at_once)
    await queue(user.id, 1_000)
    [single] = await queue(stranger.id, 1)

    first = await first_starts(processes, 3)

    assert single in {row["id"] for row in first[:2]}


async def test_users_with_many_jobs_start_them_in_turn(make_user, processes):
    users = [await make_user() for _ in range(3)]
    for each in users:
        await allow(each.id, LIMITLESS)
        await queue(each.id, 40)

    first = await first_starts(processes, 30)

    assert [row["user_id"] for row in first] == [each.id for each in users] * 10


async def test_users_who_wait_for_their_own_jobs_still_get_equal_shares(make_user, processes):
    users = [await make_user() for _ in range(3)]
    for each in users:
        await queue(each.id, 40)

    first = await first_starts(processes, 30)

    shares = [sum(row["user_id"] == each.id for row in first) for each in users]
    assert all(8 <= share <= 12 for share in shares), shares
