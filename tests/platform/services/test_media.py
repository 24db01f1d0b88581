"""Recordings: stored by content, owned, deleted."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from reelscribe.platform import db, events, settings, storage
from reelscribe.platform.errors import BadInput, BadMedia, Conflict, NotFound, TooLarge
from reelscribe.platform.media import programs
from reelscribe.platform.media.info import MediaInfo
from reelscribe.platform.services import media, uploads
from reelscribe.platform.services.idempotency import KeyReused
from reelscribe.platform.services.media import MediaView

from tests.recordings import silent_wav, wav


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content[:7]
    yield content[7:]


async def _store(user, content: bytes, *, filename: str = "talk.wav") -> MediaView:
    return await media.store(user.id, filename=filename, chunks=_stream(content), claimed_type="audio/wav")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis) -> Iterator[Path]:
    """The storage's folder, empty."""
    monkeypatch.setenv("REELSCRIBE_STORAGE_DIR", str(tmp_path / "storage"))
    _forget_settings()
    yield tmp_path / "storage"
    monkeypatch.undo()
    _forget_settings()


def _forget_settings() -> None:
    settings.current.cache_clear()
    storage.current.cache_clear()


def _left(files: Path) -> list[Path]:
    return [path for path in files.rglob("*") if path.is_file()]


async def _count(table: str) -> int:
    row = await db.fetch_one(f"SELECT count(*) AS n FROM {table}")
    return row["n"]


async def test_store_keeps_the_bytes_and_says_what_they_are(files, user):
    content = wav(1.5)

    view = await _store(user, content, filename="../../My talk.mp4")

    assert (view.filename, view.kind, view.size) == ("My talk.mp4", "audio", len(content))
    assert view.duration == pytest.approx(1.5, abs=0.01)
    assert view.content_type.startswith("audio/")
    assert view.sha256 == hashlib.sha256(content).hexdigest()
    assert [path.read_bytes() for path in _left(files)] == [content]


async def test_store_keeps_what_the_probe_found(files, user):
    view = await _store(user, wav())

    row = await db.fetch_one("SELECT probe FROM media WHERE id = $1", view.id)

    assert msgspec.json.decode(row["probe"], type=MediaInfo).audio_streams[0].sample_rate == 8_000


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("empty.mp3", b""),
        ("text.mp3", b"This is no music."),
        ("noise.wav", b"\x00\x93\xff\x01" * 500),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"),
    ],
)
async def test_store_leaves_nothing_when_the_content_is_no_recording(files, user, filename, content):
    with pytest.raises(BadMedia):
        await _store(user, content, filename=filename)

    assert _left(files) == []
    assert (await _count("media"), await _count("uploads")) == (0, 0)


async def test_store_tells_listeners_how_far_it_is(files, user):
    content = silent_wav(20_000_000)

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 65_536):
            yield content[start : start + 65_536]

    view = await media.store(user.id, filename="a.wav", chunks=in_pieces(), claimed_type="", size=20_000_500)

    told = [
        msgspec.json.decode(event.data) for event in await events.replay(user_id=user.id, job_id=None, after_id="0")
    ]
    received = [data["received"] for data in told]
    assert received == sorted(received)
    assert len(received) == 4  # the first piece, two times 8 MiB later, the end
    assert (told[0]["size"], told[-1]["size"], told[-1]["received"]) == (20_000_500, view.size, view.size)
    assert {data["filename"] for data in told} == {"a.wav"}


async def test_store_takes_text_as_text(files, user):
    view = await _store(user, b"Good morning.", filename="words.txt")

    assert (view.kind, view.duration, view.content_type) == ("text", None, "text/plain")


@pytest.mark.parametrize(("name", "value"), [("MAX_UPLOAD_BYTES", "15000"), ("MAX_MEDIA_SECONDS", "1")])
async def test_store_leaves_nothing_when_a_limit_is_passed(files, user, monkeypatch, name, value):
    monkeypatch.setenv(f"REELSCRIBE_{name}", value)
    _forget_settings()

    with pytest.raises(TooLarge):
        await _store(user, wav(3))  # 48,044 bytes

    assert _left(files) == []
    assert (await _count("media"), await _count("uploads")) == (0, 0)


async def test_store_leaves_nothing_when_the_client_goes_away(files, user):
    started = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield wav()
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(media.store(user.id, filename="a.wav", chunks=stuck(), claimed_type=""))
    await asyncio.wait_for(started.wait(), timeout=30)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert _left(files) == []
    assert (await _count("media"), await _count("uploads")) == (0, 0)


async def test_sweep_removes_what_a_dead_process_was_receiving(files, user):
    await storage.current().put("media/x/y", _stream(wav()))
    await db.execute(
        "INSERT INTO uploads (user_id, filename, size_bytes, part_size, part_count, storage_key, status, expires_at)"
        " VALUES ($1, 'a', 1, 1, 1, 'media/x/y', 'completing', now() + interval '24 hours')",
        user.id,
    )

    early = await uploads.sweep_expired(datetime.now(UTC) + timedelta(hours=1))
    late = await uploads.sweep_expired(datetime.now(UTC) + timedelta(hours=25))

    assert (early, late) == (0, 1)
    assert _left(files) == []


async def test_recording_is_not_found_when_it_is_a_strangers(files, user, stranger):
    view = await _store(user, wav())

    for act in (media.get, media.download, media.link, media.delete, media.hold):
        with pytest.raises(NotFound):
            await act(stranger.id, view.id)
        with pytest.raises(NotFound):
            await act(user.id, uuid4())

    assert await media.get(user.id, view.id) == view


async def test_list_gives_each_recording_once_newest_first(files, user, stranger):
    made = [await _store(user, wav(0.1)) for _ in range(5)]
    await _store(stranger, wav(0.1))

    first = await media.list_page(user.id, limit=2)
    second = await media.list_page(user.id, limit=2, cursor=first.next_cursor)
    third = await media.list_page(user.id, limit=2, cursor=second.next_cursor)

    assert first.items + second.items + third.items == made[::-1]
    assert third.next_cursor is None


async def test_list_refuses_a_cursor_that_is_not_ours(files, user):
    with pytest.raises(BadInput):
        await media.list_page(user.id, limit=2, cursor="nonsense")


async def test_delete_removes_the_file_and_hides_the_row(files, user):
    view = await _store(user, wav())

    await media.delete(user.id, view.id)

    assert _left(files) == []
    assert await _count("media") == 1
    assert (await media.list_page(user.id, limit=2)).items == []
    with pytest.raises(NotFound):
        await media.get(user.id, view.id)
    with pytest.raises(NotFound):
        await media.delete(user.id, view.id)


@pytest.mark.parametrize(
    ("status", "refused"),
    [("pending", True), ("processing", True), ("completed", False), ("failed", False), ("cancelled", False)],
)
async def test_delete_is_refused_only_while_a_job_needs_the_file(files, user, status, refused):
    view = await _store(user, wav())
    await _make_job(user, view, status)

    if refused:
        with pytest.raises(Conflict):
            await media.delete(user.id, view.id)
    else:
        await media.delete(user.id, view.id)

    assert len(_left(files)) == int(refused)


async def _make_job(user, view: MediaView, status: str) -> None:
    await db.execute(
        "INSERT INTO jobs (user_id, media_id, kind, engine, status, error, finished_at)"
        " VALUES ($1, $2, 'transcription', 'stub', $3::text, '{}',"
        " CASE WHEN $3::text IN ('completed', 'failed', 'cancelled') THEN now() END)",
        user.id,
        view.id,
        status,
    )


async def test_delete_waits_for_a_job_that_is_being_made(files, user):
    view = await _store(user, wav())

    async with db.transaction():
        await _make_job(user, view, "pending")
        deleting = asyncio.create_task(_outside_the_transaction(user, view))
        await _until_it_waits()

    with pytest.raises(Conflict):
        await deleting
    assert len(_left(files)) == 1


async def _outside_the_transaction(user, view: MediaView) -> None:
    db.DB.current_transaction.set(None)
    await media.delete(user.id, view.id)


async def _until_it_waits() -> None:
    """Return once some statement waits for a lock."""
    async with asyncio.timeout(30):
        while not await db.fetch("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)


async def test_forget_files_removes_what_a_crash_left(files, user):
    view = await _store(user, wav())
    await db.execute("UPDATE media SET deleted_at = now() WHERE id = $1", view.id)

    await media.forget_files()

    assert _left(files) == []


async def test_download_says_how_to_send_the_file(files, user):
    view = await _store(user, wav(), filename="Ä.wav")

    found = await media.download(user.id, view.id)

    assert (found.filename, found.size, found.etag, found.redirect) == ("Ä.wav", view.size, view.sha256, None)


def _with_a_hole(folder: Path) -> bytes:
    """A video with zeros in its middle, which cannot be read as it is, but after a repair."""
    path = folder / "whole.flv"
    sources = [
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=300:duration=30",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=duration=30:rate=10",
    ]
    command = [programs.ffmpeg().path, "-v", "error", *sources, "-c:a", "aac", "-c:v", "flv", str(path)]
    subprocess.run(command, check=True, timeout=60)
    content = bytearray(path.read_bytes())
    start, end = int(len(content) * 0.4), int(len(content) * 0.5)
    content[start:end] = bytes(end - start)
    return bytes(content)


async def test_damaged_file_that_can_be_repaired_is_kept_as_it_is(files, user, tmp_path):
    content = _with_a_hole(tmp_path)

    view = await _store(user, content, filename="talk.flv")

    assert (view.kind, view.content_type) == ("video", "application/octet-stream")
    assert view.duration == pytest.approx(30, abs=1)
    assert view.sha256 == hashlib.sha256(content).hexdigest()


async def test_damaged_file_that_cannot_be_repaired_is_refused_in_plain_words(files, user):
    header = wav(5.0)[:44]  # all that is left of the file

    with pytest.raises(BadMedia) as refused:
        await _store(user, header)

    assert "tried to repair" in refused.value.message
    assert _left(files) == []


async def test_recording_is_entered_together_with_its_answer(files, user, database_url):
    """A crash between the two would leave a recording that nobody was told of, and the repetition a second one."""
    other = await asyncpg.connect(database_url)
    async with other.transaction():  # somebody else is about to use the key, so no answer can be kept yet
        await other.execute(
            "INSERT INTO idempotency_keys (user_id, key, fingerprint) VALUES ($1, 'key', repeat('0', 64))", user.id
        )
        storing = asyncio.create_task(
            media.store_once(
                user.id, key="key", filename="a.txt", chunks=_stream(b"A text of its own."), claimed_type="text/plain"
            )
        )
        await _until_it_waits()
        entered = await _count("media")
    with pytest.raises(KeyReused):
        await storing
    await other.close()

    assert entered == 0
    assert _left(files) == []
