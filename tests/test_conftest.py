"""The fixtures that all other tests trust."""

from __future__ import annotations

from reelscribe.platform import db


async def test_database_is_migrated(database):
    row = await db.fetch_one("SELECT count(*) AS n FROM users")

    assert row["n"] == 0


async def test_database_is_emptied_when_a_test_wrote(user, redis):
    await redis.set("k", "v")
    row = await db.fetch_one("SELECT count(*) AS n FROM credit_entries")

    assert row["n"] == 1


async def test_database_is_empty_when_the_next_test_starts(database, redis):
    row = await db.fetch_one("SELECT count(*) AS n FROM users")

    assert row["n"] == 0
    assert await redis.dbsize() == 0


async def test_pool_may_be_closed_by_a_test(database):
    await db.stop()

    assert db.DB.pool is None


async def test_pool_is_open_again_for_the_next_test(database):
    assert await db.fetch("SELECT 1")
