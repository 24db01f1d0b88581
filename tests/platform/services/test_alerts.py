"""What the platform's state is worth an alert."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import MediaFailed
from reelscribe.platform.services import alerts, controls, failure, stages, workers

from .factories import identity, job, waiting_message

pytestmark = pytest.mark.usefixtures("database", "redis")


async def codes() -> list[str]:
    return [alert.code for alert in await alerts.current()]


async def fail(user_id: UUID, count: int) -> None:
    for _ in range(count):
        made = await job(user_id)
        await db.execute("UPDATE stages SET max_attempts = 1 WHERE job_id = $1", made.id)
        stage_id, message_id = await waiting_message(made.id)
        stage = await stages.claim(stage_id, message_id, worker="w", lease=timedelta(seconds=30))
        assert stage is not None
        await stages.fail(stage, failure.of(MediaFailed("The disk is full.")))


async def test_quiet_platform_has_no_alert():
    assert await codes() == []


async def test_many_failures_of_one_cause_are_an_alert_unless_muted(user, capsys):
    await fail(user.id, 11)

    (alert,) = await alerts.current()

    assert alert.code == "dead_letters_growing"
    assert alert.message.startswith("11 jobs failed for one cause")
    assert await alerts.watch() == 0
    assert "dead_letters_growing" in capsys.readouterr().err
    await db.execute(
        "INSERT INTO dead_letter_groups (fingerprint, muted_at) SELECT fingerprint, now() FROM dead_letters LIMIT 1"
    )
    assert await codes() == []


async def test_failures_of_an_hour_ago_are_no_growth(user):
    await fail(user.id, 11)

    await db.execute("UPDATE dead_letters SET created_at = now() - interval '1 hour'")

    assert await codes() == []


async def test_failure_that_waits_for_a_week_is_an_alert(user):
    await fail(user.id, 1)
    await db.execute("UPDATE dead_letters SET created_at = now() - interval '8 days'")

    assert await codes() == ["dead_letters_old"]


async def test_work_without_a_worker_is_an_alert_until_one_comes(user):
    await job(user.id)
    await db.execute("UPDATE stages SET due_at = now() - interval '5 minutes' WHERE status = 'queued'")
    assert await codes() == ["queue_without_worker"]

    await db.execute("INSERT INTO workers (id, host, pid, queues) VALUES ('w', 'h', 1, '{media.normal}')")
    assert await codes() == []

    await db.execute("UPDATE workers SET seen_at = now() - interval '2 minutes'")
    assert await codes() == ["queue_without_worker"]
    assert await workers.forget_silent() == 0


async def test_paused_queue_is_an_alert_after_a_day_and_needs_no_worker(user, admin):
    await job(user.id)
    await db.execute("UPDATE stages SET due_at = now() - interval '5 minutes' WHERE status = 'queued'")
    await controls.stop(identity(admin.id), "media", state="paused", reason="The disk is moved.")
    assert await codes() == []

    await db.execute("UPDATE queue_controls SET paused_at = now() - interval '30 hours'")

    (alert,) = await alerts.current()
    assert alert.message == "'media' has been paused for one day: The disk is moved. Resume it?"


async def test_resting_engine_is_an_alert(user):
    await db.execute(
        "INSERT INTO breakers (engine, state, opened_until, last_error)"
        " VALUES ('stub', 'open', now() + interval '1 minute', 'no answer')"
    )

    assert await codes() == ["engine_rests"]
