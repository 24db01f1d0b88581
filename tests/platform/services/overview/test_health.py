"""How the installation is, in words."""

from __future__ import annotations

import asyncio

import pytest
from reelscribe.platform import db
from reelscribe.platform.services import scheduler
from reelscribe.platform.services.doctor import Level
from reelscribe.platform.services.overview import health

pytestmark = pytest.mark.usefixtures("database", "redis")


async def _levels() -> dict[str, Level]:
    return {each.name: each.level for each in (await health.look()).findings}


async def test_servers_are_well_when_they_answer() -> None:
    found = await _levels()

    assert {found[name] for name in ("PostgreSQL", "Redis", "Storage", "Schema", "Clock")} == {Level.OK}


async def test_nobody_works_when_there_is_no_worker_and_no_scheduler() -> None:
    found = await health.look()

    fixes = {each.name: each.fix for each in found.findings if each.level is Level.FAIL}
    assert found.status == "failing"
    assert "reelscribe scheduler" in fixes["Scheduler"]
    assert "reelscribe worker" in fixes["Workers"]


async def test_scheduler_is_well_when_one_leads() -> None:
    connection = await db.DB.get_new_connection()
    await connection.execute("SELECT pg_advisory_lock($1)", scheduler.LEADER_LOCK)
    await db.execute("INSERT INTO workers (id, host, pid) VALUES ('w1', 'h', 1)")

    found = await _levels()

    await asyncio.wait_for(connection.close(), timeout=5)
    assert (found["Scheduler"], found["Workers"]) == (Level.OK, Level.OK)


async def test_mended_things_are_listed_with_how_often() -> None:
    await db.execute("INSERT INTO mended (duty, times) VALUES ('rescue_expired', 3)")

    assert [(each.duty, each.times) for each in (await health.look()).mended] == [("rescue_expired", 3)]
