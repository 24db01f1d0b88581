"""Discarding keeps the job failed, the source by choice; it can be taken back for some days."""

from __future__ import annotations

import asyncio

import pytest
from reelscribe.platform import db, storage
from reelscribe.platform.errors import BadInput, Conflict, NotFound
from reelscribe.platform.services import jobs, runs
from reelscribe.platform.services.dead_letters import discard, requeue
from reelscribe.platform.settings import current

from tests.platform.services.factories import identity

from . import failed

pytestmark = pytest.mark.usefixtures("database", "redis")


@pytest.fixture
async def boss(admin):
    return failed.administrator(admin)


@pytest.fixture
async def letter(user):
    return await failed.letter(user.id)


async def _bytes():
    yield b"0123456789"


@pytest.fixture
async def source(letter) -> str:
    """The key of the letter's recording, with a file behind it."""
    row = await db.fetch_one("SELECT storage_key FROM media")
    assert row is not None
    await storage.current().put(row["storage_key"], _bytes(), limit=100)
    key: str = row["storage_key"]
    return key


async def _exists(key: str) -> bool:
    try:
        return await storage.current().size(key) == 10
    except NotFound:
        return False


async def test_discarded_letter_leaves_its_job_failed(boss, letter):
    after = await discard.discard(boss, letter, reason="a test file")

    assert (after.status, after.resolved_by, after.reason) == ("discarded", boss.email, "a test file")
    assert (await failed.row(letter))["j_status"] == "failed"
    assert await failed.audited(letter) == ["dead_letter.discard"]


async def test_second_admin_learns_who_was_first(boss, letter, make_user):
    other = failed.administrator(await make_user(role="admin"))

    answers = await asyncio.gather(
        *(discard.discard(who, letter, reason="gone") for who in (boss, other)), return_exceptions=True
    )

    refused = [str(each) for each in answers if isinstance(each, Conflict)]
    first = next(each for each in answers if not isinstance(each, Exception))
    assert len(refused) == 1
    assert f"already discarded by {first.resolved_by} at " in refused[0]


async def test_requeue_and_discard_at_once_give_one_outcome(boss, letter):
    answers = await asyncio.gather(
        requeue.requeue(boss, letter), discard.discard(boss, letter, reason="gone"), return_exceptions=True
    )

    assert sum(isinstance(each, Conflict) for each in answers) == 1
    row = await failed.row(letter)
    assert (row["status"], row["j_status"]) in {("requeued", "pending"), ("discarded", "failed")}


async def test_reason_is_needed(boss, letter):
    with pytest.raises(BadInput, match="Say why"):
        await discard.discard(boss, letter, reason="  ")


async def test_source_is_kept_unless_chosen_otherwise(boss, letter, source):
    after = await discard.discard(boss, letter, reason="a test file")

    assert not after.source_deleted
    assert await _exists(source)


async def test_source_is_deleted_when_chosen(boss, letter, source):
    after = await discard.discard(boss, letter, reason="a test file", delete_source=True)

    assert after.source_deleted
    assert not await _exists(source)
    row = await db.fetch_one("SELECT deleted_at FROM media")
    assert row is not None
    assert row["deleted_at"] is not None


@pytest.mark.parametrize("others", ["pending", "completed", "failed"])
async def test_source_that_another_job_uses_is_kept_and_nothing_is_done(boss, user, letter, source, others):
    row = await failed.row(letter)
    media = await db.fetch_one("SELECT media_id FROM jobs WHERE id = $1", row["job_id"])
    assert media is not None
    other = await jobs.create(identity(user.id), jobs.NewJob(media_id=media["media_id"], engine="stub"))
    if others == "failed":
        await failed.fail(other.id)
    if others == "completed":
        await db.execute("UPDATE jobs SET status = 'completed', finished_at = now() WHERE id = $1", other.id)

    with pytest.raises(Conflict, match=f"the job {other.id} uses it too"):
        await discard.discard(boss, letter, reason="a test file", delete_source=True)

    assert (await failed.row(letter))["status"] == "open"
    assert await _exists(source)


async def test_source_that_is_gone_already_is_no_obstacle(boss, letter):
    await db.execute("UPDATE media SET deleted_at = now()")

    after = await discard.discard(boss, letter, reason="a test file", delete_source=True)

    assert after.source_deleted


async def test_restored_letter_is_as_open_as_before(boss, letter):
    await discard.discard(boss, letter, reason="a test file")

    after = await discard.restore(boss, letter, reason="it was not")

    assert (after.status, after.resolved_by, after.resolved_at, after.reason) == ("open", None, None, "")
    assert (await requeue.requeue(boss, letter)).status == "requeued"
    assert await failed.audited(letter) == ["dead_letter.discard", "dead_letter.restore", "dead_letter.requeue"]


async def test_restore_is_refused_after_some_days(boss, letter):
    await discard.discard(boss, letter, reason="a test file")
    await db.execute(
        "UPDATE dead_letters SET resolved_at = now() - make_interval(days => $1)", current().dead_letter_days + 1
    )

    with pytest.raises(Conflict, match="days ago"):
        await discard.restore(boss, letter)


async def test_restore_is_refused_when_the_owner_ran_it_again(boss, user, letter):
    await discard.discard(boss, letter, reason="a test file")
    job_id = (await failed.row(letter))["job_id"]
    await runs.retry(identity(user.id), job_id)
    await failed.fail(job_id)

    with pytest.raises(Conflict, match="run again since"):
        await discard.restore(boss, letter)


async def test_restore_is_refused_when_nothing_was_discarded(boss, letter):
    with pytest.raises(Conflict, match="open already"):
        await discard.restore(boss, letter)

    await requeue.requeue(boss, letter)

    with pytest.raises(Conflict, match=f"already requeued by {boss.email}"):
        await discard.restore(boss, letter)


async def test_discarded_letter_must_be_restored_before_a_requeue(boss, letter):
    await discard.discard(boss, letter, reason="a test file")

    with pytest.raises(Conflict) as raised:
        await requeue.requeue(boss, letter)

    assert raised.value.hint == "Restore it first."
