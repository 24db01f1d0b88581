"""A requeue at a later time happens once, or the letter waits for a person again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import BadInput, Conflict, UnsupportedOption
from reelscribe.platform.services import runs
from reelscribe.platform.services.dead_letters import requeue, scheduled
from reelscribe.platform.services.dead_letters.changes import Changes

from tests.platform.services.factories import identity

from . import failed

pytestmark = pytest.mark.usefixtures("database", "redis")


def later(hours: float = 1) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


@pytest.fixture
async def boss(admin):
    return failed.administrator(admin)


@pytest.fixture
async def letter(user):
    return await failed.letter(user.id)


async def test_planned_requeue_waits_for_its_time(boss, letter):
    at = later()

    planned = await requeue.requeue(boss, letter, Changes(priority="low"), at=at, reason="tonight")

    assert (planned.status, planned.due_at) == ("scheduled", at)
    assert await scheduled.requeue_due(at - timedelta(seconds=1)) == 0
    assert (await failed.row(letter))["j_status"] == "failed"


async def test_due_requeue_happens_once_as_planned(boss, letter):
    await requeue.requeue(boss, letter, Changes(priority="low"), at=later(), reason="tonight")

    moved = await asyncio.gather(*(scheduled.requeue_due(later(2)) for _ in range(3)))

    assert sum(moved) == 1
    row = await failed.row(letter)
    assert (row["status"], row["j_run"], row["j_priority"], row["reason"]) == ("requeued", 2, "low", "tonight")
    assert (row["resolved_by"], row["plan"]) == (boss.user_id, None)


async def test_plan_can_be_moved(boss, letter):
    await requeue.requeue(boss, letter, at=later(1))

    await requeue.requeue(boss, letter, at=later(5))

    assert await scheduled.requeue_due(later(2)) == 0


async def test_plan_can_be_taken_back(boss, letter):
    await requeue.requeue(boss, letter, at=later())

    after = await scheduled.unschedule(boss, letter)

    assert (after.status, after.due_at) == ("open", None)
    assert await scheduled.requeue_due(later(2)) == 0
    assert await failed.audited(letter) == ["dead_letter.schedule", "dead_letter.unschedule"]


async def test_planned_letter_can_be_requeued_at_once(boss, letter):
    await requeue.requeue(boss, letter, at=later())

    after = await requeue.requeue(boss, letter)

    assert after.status == "requeued"
    assert await scheduled.requeue_due(later(2)) == 0


async def test_owner_who_retries_first_ends_the_plan(boss, user, letter):
    await requeue.requeue(boss, letter, at=later())
    await runs.retry(identity(user.id), (await failed.row(letter))["job_id"])

    assert await scheduled.requeue_due(later(2)) == 0

    with pytest.raises(Conflict, match=user.email):
        await scheduled.unschedule(boss, letter)


async def test_what_cannot_run_when_due_waits_for_a_person_and_says_why(boss, letter):
    await requeue.requeue(boss, letter, at=later())
    await db.execute("UPDATE credit_accounts SET balance = 0")

    assert await scheduled.requeue_due(later(2)) == 0

    row = await failed.row(letter)
    assert (row["status"], row["due_at"], row["j_run"]) == ("open", None, 1)
    assert "as planned: The new run needs 1.00 credits, the owner has 0.00" in row["note"]


async def test_plan_of_someone_who_is_no_admin_any_more_is_not_carried_out(boss, letter):
    await requeue.requeue(boss, letter, at=later())
    await db.execute("UPDATE users SET role = 'user' WHERE id = $1", boss.user_id)

    assert await scheduled.requeue_due(later(2)) == 0

    assert (await failed.row(letter))["status"] == "open"


async def test_time_that_has_passed_is_refused(boss, letter):
    with pytest.raises(BadInput, match="future"):
        await requeue.requeue(boss, letter, at=later(-1))


async def test_impossible_changes_are_refused_when_planned(boss, letter):
    with pytest.raises(UnsupportedOption):
        await requeue.requeue(boss, letter, Changes(engine="nobodys"), at=later())


async def test_plan_that_cannot_be_read_waits_for_a_person_and_holds_up_nobody(boss, user, letter):
    other = await failed.letter(user.id)
    for each, hours in ((letter, 1), (other, 2)):
        await requeue.requeue(boss, each, at=later(hours))
    await db.execute("UPDATE dead_letters SET plan = '{}' WHERE id = $1", letter)

    assert await scheduled.requeue_due(later(3)) == 1

    row = await failed.row(letter)
    assert (row["status"], row["due_at"], row["j_run"]) == ("open", None, 1)
    assert "as planned: It could not be carried out" in row["note"]
