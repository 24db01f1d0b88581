"""Silences come from what was seen while decoding; where that is missing, from the sound track."""

from __future__ import annotations

import subprocess
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from reelscribe.actors import checkpoints, ingest, silence, work
from reelscribe.actors.checkpoints import Ingested, Silences
from reelscribe.platform import db, storage
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.media import programs, soundings
from reelscribe.platform.services import jobs, silences, sound

from tests.platform.services.factories import identity, media, waiting_message

pytestmark = pytest.mark.usefixtures("database", "redis")

# Twelve seconds of sound, silent from 4 to 6 s and for 0.3 s at 9 s.
SPEECH = ("-f", "lavfi", "-i", "anoisesrc=amplitude=0.2:seed=7:duration=12")
RESTS = ("-af", "volume=0:enable='between(t,4,6)+between(t,9,9.3)'")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    argv = [programs.ffmpeg().path, "-nostdin", "-v", "error", *SPEECH, *RESTS, "-ar", "44100", str(path)]
    subprocess.run(argv, check=True, timeout=60)
    return path


async def ingested(user_id: UUID, path: Path) -> tuple[UUID, UUID]:
    """Decode a recording; returns the job, whose silence waits, and its recording."""
    key = f"media/{user_id.hex}/{path.stem}"
    await storage.current().put_file(key, path)
    media_id = await media(user_id, seconds=12.0, key=key)
    made = await jobs.create(identity(user_id), jobs.NewJob(media_id=media_id, engine="stub"))
    await work.perform(*await waiting_message(made.id), ingest.work)
    return made.id, media_id


async def result(job_id: UUID, name: str) -> bytes:
    row = await db.fetch_one("SELECT result FROM stages WHERE job_id = $1 AND name = $2", job_id, name)
    assert row is not None
    assert row["result"] is not None, f"{name} has no result"
    return row["result"]


async def listened(job_id: UUID) -> Silences:
    await work.perform(*await waiting_message(job_id), silence.work)
    return msgspec.json.decode(await result(job_id, "silence"), type=Silences)


def check(found: Silences, stored: list[Span]) -> None:
    assert [(round(span.start, 1), round(span.end, 1)) for span in stored] == [(4.0, 6.0)]
    assert (found.count, round(found.total_seconds, 1)) == (1, 2.0)
    assert [(round(start, 1), round(end, 1)) for start, end in found.pauses] == [(4.0, 6.0), (9.0, 9.3)]
    assert found.loudness_lufs is not None
    assert -25 < found.loudness_lufs < -10


async def test_silences_need_no_second_look_at_the_sound(user, recording):
    job_id, media_id = await ingested(user.id, recording)
    await storage.current().delete(sound.key(job_id, 1))

    found = await listened(job_id)

    check(found, await silences.of(media_id))


async def test_ingest_names_the_soundings_it_stored(user, recording):
    job_id, _ = await ingested(user.id, recording)

    done = msgspec.json.decode(await result(job_id, "ingest"), type=Ingested)

    assert done.soundings_key == sound.soundings_key(job_id, 1)
    async with storage.current().local_copy(done.soundings_key) as path:
        seen = soundings.load(path)
    assert seen.seconds == done.duration_seconds
    assert len(seen.peak_array()) == pytest.approx(12 * 50, abs=1)


async def test_silences_of_an_older_job_come_from_its_sound(user, recording):
    job_id, media_id = await ingested(user.id, recording)
    await storage.current().delete(sound.soundings_key(job_id, 1))
    await db.execute(
        "UPDATE stages SET result = result - 'soundings_key' WHERE job_id = $1 AND name = 'ingest'", job_id
    )

    found = await listened(job_id)

    check(found, await silences.of(media_id))


@pytest.mark.parametrize("content", [None, b"of another version"])
async def test_silences_come_from_the_sound_where_soundings_are_lost(content, user, recording, tmp_path):
    job_id, media_id = await ingested(user.id, recording)
    await storage.current().delete(sound.soundings_key(job_id, 1))
    if content is not None:
        (tmp_path / "odd").write_bytes(content)
        await storage.current().put_file(sound.soundings_key(job_id, 1), tmp_path / "odd")

    found = await listened(job_id)

    check(found, await silences.of(media_id))


@pytest.mark.parametrize(
    ("left", "pauses"),
    [
        (b'{"count": 1, "total_seconds": 2.0, "pauses": [[4.03, 5.97]]}', (Span(4.03, 5.97),)),
        (b'{"count": 1, "total_seconds": 2.0}', ()),  # of an older version
    ],
)
async def test_pauses_are_those_of_the_checkpoint(left, pauses, user, recording):
    job_id, _ = await ingested(user.id, recording)
    await listened(job_id)
    await db.execute("UPDATE stages SET result = $2 WHERE job_id = $1 AND name = 'silence'", job_id, left.decode())
    seen = []

    async def look(stage, report):
        seen.append(checkpoints.pauses(stage))
        return work.Finished(result=b"{}")

    await work.perform(*await waiting_message(job_id), look)

    assert seen == [pauses]
