"""Processes end when they are told to, also while the servers that they need are gone."""

from __future__ import annotations

import pytest
from reelscribe.platform import db

from .conftest import until

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("database", "redis")]


async def leads() -> bool:
    return bool(await db.fetch("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"))


async def works() -> bool:
    return bool(await db.fetch("SELECT 1 FROM workers"))


@pytest.mark.parametrize(("command", "ready"), [("scheduler", leads), ("worker", works)])
async def test_it_ends_while_postgres_and_redis_are_gone(processes, postgres_server, redis_server, command, ready):
    process = processes.start(command)
    await until(ready, seconds=60, what=f"the {command} has begun")

    postgres_server.stop()
    redis_server.stop()
    try:
        process.terminate()
        code = process.wait(timeout=60)
    finally:
        postgres_server.restart()
        redis_server.restart()

    assert code == 0
