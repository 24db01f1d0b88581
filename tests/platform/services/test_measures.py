"""Figures for monitoring come from the tables."""

from __future__ import annotations

import pytest
from reelscribe.platform import db
from reelscribe.platform.services import measures

from .factories import job

pytestmark = pytest.mark.usefixtures("database", "redis")


async def test_empty_platform_has_zeros_for_every_queue_and_engine():
    found = await measures.current()

    assert set(found.queue_depth.values()) == {0}
    assert {"engine.high", "media.retry", "io.low"} <= set(found.queue_oldest_seconds)
    assert found.breakers_open["stub"] is False
    assert (found.dead_letters_open, found.workers_alive, found.mended) == (0, 0, {})
    assert found.unfinished_jobs == {"pending": 0, "processing": 0}


async def test_due_stages_are_counted_by_queue_and_later_ones_are_not(user):
    await job(user.id)
    late = await job(user.id)
    await db.execute("UPDATE stages SET due_at = now() - interval '90 seconds' WHERE status = 'queued'")
    await db.execute(
        "UPDATE stages SET due_at = now() + interval '1 hour' WHERE status = 'queued' AND job_id = $1", late.id
    )

    found = await measures.current()

    assert found.queue_depth["media.normal"] == 1
    assert 90 <= found.queue_oldest_seconds["media.normal"] < 120
    assert found.unfinished_jobs["pending"] == 2


async def test_silent_workers_and_resting_engines_are_seen():
    await db.execute(
        "INSERT INTO workers (id, host, pid, seen_at) VALUES"
        " ('a', 'h', 1, now()), ('b', 'h', 2, now() - interval '1 minute')"
    )
    await db.execute("INSERT INTO breakers (engine, state, opened_until) VALUES ('stub', 'open', now())")

    found = await measures.current()

    assert (found.workers_alive, found.breakers_open["stub"]) == (1, True)
