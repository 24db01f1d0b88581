"""Transactions when PostgreSQL goes away or the task is cancelled: nothing stays held, nothing stays set."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import BadInput, Unavailable
from reelscribe.platform.tables import User

pytestmark = pytest.mark.usefixtures("database")


async def lose_the_connection() -> None:
    async with db.transaction():
        row = await db.fetch_one("SELECT pg_backend_pid() AS pid")
        assert row is not None
        killer = await db.DB.get_new_connection()
        await killer.execute("SELECT pg_terminate_backend($1)", row["pid"])
        await killer.close()
        await db.execute("SELECT 1")


async def test_connection_lost_in_a_transaction_is_unavailable_once():
    with pytest.raises(Unavailable):
        await lose_the_connection()

    async with db.transaction():
        assert await db.fetch_one("SELECT 1 AS one") is not None


async def test_cancelled_transactions_give_their_connections_back():
    async def work() -> None:
        async with db.transaction():
            await db.execute("SELECT pg_sleep(0.01)")

    for number in range(60):
        task = asyncio.create_task(work())
        await asyncio.sleep(number * 0.0002)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    assert db.DB.pool is not None
    assert db.DB.pool.get_size() == db.DB.pool.get_idle_size()


async def test_failed_block_leaves_nothing():
    async def write_and_fail() -> None:
        async with db.transaction():
            await db.execute("INSERT INTO users (email) VALUES ('gone@example.test')")
            raise OSError("the caller's own error")

    with pytest.raises(OSError, match="the caller's own"):
        await write_and_fail()

    assert await db.fetch("SELECT 1 FROM users") == []


async def test_inner_transaction_and_piccolo_join_the_outer_one():
    async def write_both() -> None:
        async with db.transaction():
            async with db.transaction():
                await db.execute("INSERT INTO users (email) VALUES ('one@example.test')")
            await User.insert(User(email="two@example.test")).run()
            assert await User.count().run() == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_both()

    assert await User.count().run() == 0


async def test_what_follows_a_commit_runs_only_after_it():
    done: list[str] = []
    async with db.transaction():
        db.after_commit(lambda: done.append("later"))
        assert done == []

    assert done == ["later"]


async def test_nul_in_a_text_is_bad_input():
    with pytest.raises(BadInput):
        await db.execute("INSERT INTO users (email) VALUES ($1)", "a\x00b@example.test")
