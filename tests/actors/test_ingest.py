"""The first step on a real file: decoded once, repaired if that is needed, and the job is told so."""

from __future__ import annotations

import subprocess
from pathlib import Path
from uuid import UUID

import pytest
from reelscribe.actors import ingest, work
from reelscribe.platform import db, storage
from reelscribe.platform.media import programs
from reelscribe.platform.services import jobs, sound

from tests.platform.services.factories import identity, media, waiting_message

pytestmark = pytest.mark.usefixtures("database", "redis")

TONE = ("-f", "lavfi", "-i", "sine=frequency=300:duration=60")


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A minute whose container is whole, but the first twenty seconds of sound do not decode."""
    whole, garbled = tmp_path / "whole.mkv", tmp_path / "garbled.mkv"
    noise = ("-c", "copy", "-bsf:a", r"noise=amount=lt(n\,900)")
    for command in ((*TONE, "-c:a", "flac", str(whole)), ("-i", str(whole), *noise, str(garbled))):
        subprocess.run([programs.ffmpeg().path, "-v", "error", *command], check=True, timeout=60)
    return garbled


async def ingested(user_id: UUID, path: Path) -> UUID:
    key = f"media/{user_id.hex}/{path.stem}"
    await storage.current().put_file(key, path)
    wanted = jobs.NewJob(media_id=await media(user_id, seconds=60.0, key=key), engine="stub")
    made = await jobs.create(identity(user_id), wanted)
    await work.perform(*await waiting_message(made.id), ingest.work)
    return made.id


async def test_damaged_recording_is_decoded_after_its_repair_and_the_job_says_so(user, damaged):
    job_id = await ingested(user.id, damaged)

    view = await jobs.get(identity(user.id), job_id)
    assert view.status == "processing"
    assert [each.code for each in view.warnings] == ["repaired_media"]
    assert await storage.current().size(sound.key(job_id, 1)) > 59 * 32_000


async def test_recording_that_cannot_be_repaired_fails_at_once_and_says_what_to_do(user, damaged):
    damaged.write_bytes(damaged.read_bytes()[:2000])  # nothing of it decodes any more

    job_id = await ingested(user.id, damaged)

    view = await jobs.get(identity(user.id), job_id)
    assert view.status == "failed"
    assert view.error is not None
    assert view.error.code == "bad_media"
    assert "tried to repair" in view.error.message
    assert view.error.hint
    (attempt,) = await db.fetch("SELECT outcome FROM attempts")
    assert attempt["outcome"] == "failed"
