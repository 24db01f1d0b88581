"""Files that nobody will ask for again are deleted; everything else stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from reelscribe.platform import db, storage
from reelscribe.platform.errors import NotFound
from reelscribe.platform.services import intake, orphans, runs, sound, uploads
from reelscribe.platform.services.upload_views import NewUpload

from .factories import identity, job, media

pytestmark = pytest.mark.usefixtures("database", "redis")


def tomorrow() -> datetime:
    """A moment at which a file of now is a day old."""
    return datetime.now(UTC) + timedelta(days=1, minutes=5)


async def _content() -> AsyncIterator[bytes]:
    yield b"content"


async def put(key: str) -> str:
    await storage.current().put(key, _content())
    return key


async def there(key: str) -> bool:
    try:
        await storage.current().size(key)
    except NotFound:
        return False
    return True


async def ended(user_id: UUID) -> UUID:
    made = await job(user_id)
    await runs.cancel(identity(user_id), made.id)
    return made.id


async def test_recording_without_a_row_is_deleted_after_a_day(user):
    key = await put(intake.new_key(user.id))

    assert await orphans.sweep(datetime.now(UTC) + timedelta(hours=23)) == 0
    assert await there(key)

    assert await orphans.sweep(tomorrow()) == 1
    assert not await there(key)


async def test_recording_with_a_row_stays_until_it_is_deleted(user):
    key = await put(intake.new_key(user.id))
    await media(user.id, key=key)

    assert await orphans.sweep(tomorrow()) == 0

    await db.execute("UPDATE media SET deleted_at = now()")
    assert await orphans.sweep(tomorrow()) == 1


async def test_upload_on_its_way_stays(user):
    view = await uploads.create(user.id, NewUpload(filename="a.wav", size=100, content_type="audio/wav"))
    row = await db.fetch_one("SELECT storage_key FROM uploads WHERE id = $1", view.id)
    assert row is not None
    await put(row["storage_key"])

    assert await orphans.sweep(tomorrow()) == 0


async def test_files_of_another_installation_stay(user):
    theirs = [await put(intake.new_key(uuid4())), await put(sound.key(uuid4(), 1)), await put("media/odd-name")]

    assert await orphans.sweep(tomorrow()) == 0

    for key in theirs:
        await storage.current().delete(key)


async def test_sound_of_a_job_that_ended_before_its_first_step_is_deleted(user):
    job_id = await ended(user.id)
    key = await put(sound.key(job_id, 1))

    assert await orphans.sweep(tomorrow()) == 1

    assert not await there(key)


async def test_sound_that_a_retry_would_need_stays_and_that_of_an_earlier_run_goes(user):
    job_id = await ended(user.id)
    old, needed = await put(sound.key(job_id, 1)), await put(sound.key(job_id, 2))
    await db.execute(
        "UPDATE stages SET status = 'completed', result = jsonb_build_object('audio_key', $2::text)"
        " WHERE job_id = $1 AND name = 'ingest'",
        job_id,
        needed,
    )

    assert await orphans.sweep(tomorrow()) == 1

    assert (await there(old), await there(needed)) == (False, True)
    await storage.current().delete(needed)


async def test_sound_of_a_job_at_work_stays(user):
    made = await job(user.id)
    key = await put(sound.key(made.id, 1))

    assert await orphans.sweep(tomorrow()) == 0

    await storage.current().delete(key)


async def test_soundings_stay_as_long_as_a_checkpoint_names_them(user):
    job_id = await ended(user.id)
    old, needed = await put(sound.soundings_key(job_id, 1)), await put(sound.soundings_key(job_id, 2))
    await db.execute(
        "UPDATE stages SET status = 'completed', result = jsonb_build_object('audio_key', 'gone', 'soundings_key',"
        " $2::text) WHERE job_id = $1 AND name = 'ingest'",
        job_id,
        needed,
    )

    assert await orphans.sweep(tomorrow()) == 1

    assert (await there(old), await there(needed)) == (False, True)
    await storage.current().delete(needed)


async def replaced(user_id: UUID) -> tuple[str, list[str]]:
    """A clip's older file, and those it has now."""
    made = await job(user_id)
    row = await db.fetch_one(
        "INSERT INTO clips (job_id, position, title, score, spans, duration_seconds) VALUES ($1, 0, 'A', 0.5,"
        ' \'[{"start": 0, "end": 9}]\', 9) RETURNING id',
        made.id,
    )
    assert row is not None
    place = f"clips/{row['id']}"
    old = await put(f"{place}/{uuid4().hex}.mp4")
    now = [await put(f"{place}/{uuid4().hex}{name}") for name in (".mp4", "-poster.jpg", "-preview.webp")]
    await db.execute(
        "UPDATE clips SET storage_key = $1, poster_key = $2, preview_key = $3, rendered_revision = 1,"
        " rendered_at = now()",
        *now,
    )
    return old, now


async def test_replaced_files_of_a_clip_go_and_its_own_stay(user):
    old, now = await replaced(user.id)

    assert await orphans.sweep(tomorrow()) == 1

    assert not await there(old)
    assert [await there(key) for key in now] == [True, True, True]


@pytest.mark.parametrize("column", ["rendered_at", "deleted_at"])
async def test_old_file_stays_for_a_day_after_it_was_replaced_or_deleted(user, column):
    old, _ = await replaced(user.id)
    await db.execute(f"UPDATE clips SET {column} = now() + interval '1 hour'")

    assert await orphans.sweep(tomorrow()) == 0

    assert await there(old)
