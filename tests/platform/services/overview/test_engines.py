"""Engines with their breakers."""

from __future__ import annotations

import pytest
from reelscribe.platform import db
from reelscribe.platform.engines import registry
from reelscribe.platform.services.overview import engines, queues
from reelscribe.platform.services.sessions import Identity

pytestmark = pytest.mark.usefixtures("database", "redis")


async def test_engine_is_well_when_nothing_is_known_of_it() -> None:
    found = await engines.look()

    assert [each.name for each in found] == list(registry.names())
    assert {(each.state, each.failures, each.stopped) for each in found} == {("closed", 0, None)}


async def test_engine_rests_when_its_breaker_is_open(boss: Identity) -> None:
    await db.execute(
        "INSERT INTO breakers (engine, state, failures, last_error, opened_until)"
        " VALUES ('stub', 'open', 5, 'it burns', now() + interval '1 minute')"
    )
    await queues.pause(boss, "engine:stub", reason="look at it")

    stub = next(each for each in await engines.look() if each.name == "stub")

    assert (stub.state, stub.failures, stub.last_error) == ("open", 5, "it burns")
    assert stub.stopped is not None
    assert stub.stopped.reason == "look at it"
