"""What administrators write on dead letters."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from reelscribe.platform import db, events
from reelscribe.platform.errors import BadInput, NotFound
from reelscribe.platform.services.dead_letters import notes, requeue

from . import failed

pytestmark = pytest.mark.usefixtures("database", "redis")


@pytest.fixture
async def boss(admin):
    return failed.administrator(admin)


@pytest.fixture
async def letter(user):
    return await failed.letter(user.id)


async def test_note_is_replaced_and_both_are_audited(boss, letter):
    await notes.note(boss, letter, "Looks like the disk")

    after = await notes.note(boss, letter, " It was the disk ")

    assert after.note == "It was the disk"
    row = await db.fetch_one("SELECT before, after FROM audit_log ORDER BY id DESC LIMIT 1")
    assert row is not None
    assert (row["before"], row["after"]) == ('"Looks like the disk"', '"It was the disk"')


async def test_letter_is_assigned_to_an_admin_and_to_nobody(boss, letter, make_user):
    other = await make_user(role="admin")

    assert (await notes.assign(boss, letter, other.email.upper())).assigned_to == other.email
    assert (await notes.assign(boss, letter, None)).assigned_to is None
    assert await failed.audited(letter) == ["dead_letter.assign", "dead_letter.assign"]


async def test_letter_is_not_assigned_to_who_is_no_admin(boss, letter, user):
    for email in (user.email, "nobody@example.test"):
        with pytest.raises(NotFound, match="no administrator"):
            await notes.assign(boss, letter, email)


async def test_who_looked_first_stays(boss, letter, make_user):
    other = failed.administrator(await make_user(role="admin"))
    await notes.review(boss, letter)

    after = await notes.review(other, letter)

    assert after.reviewed_by == boss.email
    assert await failed.audited(letter) == ["dead_letter.review"]


async def test_review_can_be_taken_back(boss, letter):
    await notes.review(boss, letter)

    after = await notes.review(boss, letter, reviewed=False)

    assert (after.reviewed_by, after.reviewed_at) == (None, None)


async def test_group_is_muted_and_unmuted(boss, letter):
    fingerprint = (await failed.row(letter))["fingerprint"]

    await notes.mute(boss, fingerprint, note="known, waits for 2.1")
    row = await db.fetch_one("SELECT * FROM dead_letter_groups")
    assert row is not None
    assert (row["muted_by"], row["note"]) == (boss.user_id, "known, waits for 2.1")

    await notes.unmute(boss, fingerprint)
    row = await db.fetch_one("SELECT * FROM dead_letter_groups")
    assert row is not None
    assert (row["muted_at"], row["muted_by"]) == (None, None)
    assert await failed.audited(fingerprint) == ["dead_letter_group.mute", "dead_letter_group.unmute"]


async def test_unknown_group_is_not_muted(boss):
    with pytest.raises(NotFound):
        await notes.mute(boss, "nobodys")


async def test_owner_is_told_on_the_job_and_at_once(boss, letter, user):
    row = await failed.row(letter)

    await notes.notify(boss, letter, " We are looking into it ")
    await asyncio.gather(*events._publishing)

    told = msgspec.json.decode((await failed.row(letter))["warnings"])
    assert told == [{"code": "notice", "stage": "transcribe", "message": "We are looking into it"}]
    heard = await events.replay(user_id=user.id, job_id=row["job_id"], after_id="0-0")
    assert msgspec.json.decode(heard[-1].data)["message"] == "We are looking into it"
    assert heard[-1].type == events.EventType.WARNING


async def test_owner_hears_of_a_requeue(boss, letter, user):
    row = await failed.row(letter)

    await requeue.requeue(boss, letter)
    await asyncio.gather(*events._publishing)

    heard = await events.replay(user_id=user.id, job_id=row["job_id"], after_id="0-0")
    assert msgspec.json.decode(heard[-1].data)["status"] == "pending"


async def test_empty_message_to_the_owner_is_refused(boss, letter):
    with pytest.raises(BadInput):
        await notes.notify(boss, letter, "  ")
