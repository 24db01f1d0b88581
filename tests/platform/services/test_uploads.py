"""Resumable uploads, with parts in a local folder and on an S3 server."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from reelscribe.platform import db, settings, storage
from reelscribe.platform.errors import BadInput, BadMedia, Conflict, NotFound, TooLarge
from reelscribe.platform.services import media, upload_claims, uploads
from reelscribe.platform.services.upload_views import NewUpload, UploadView
from reelscribe.platform.storage import LocalStorage

from tests.platform.storage.conftest import BUCKET, s3, s3_endpoint  # noqa: F401 - fixtures
from tests.recordings import silent_wav, wav

MIB = 1024 * 1024
PART = 8 * MIB


@pytest.fixture(params=["local", "s3"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The storage of the settings is each in turn."""
    if request.param == "s3":
        request.getfixturevalue("s3")
        values = {"STORAGE_BACKEND": "s3", "S3_ENDPOINT": request.getfixturevalue("s3_endpoint"), "S3_BUCKET": BUCKET}
        for name, value in (values | {"S3_ACCESS_KEY": "test-key", "S3_SECRET_KEY": "test-secret"}).items():
            monkeypatch.setenv(f"REELSCRIBE_{name}", value)
    _forget_settings()
    yield request.param
    monkeypatch.undo()
    _forget_settings()


def _forget_settings() -> None:
    settings.current.cache_clear()
    storage.current.cache_clear()


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _send(view: UploadView, number: int, content: bytes) -> None:
    """Send a part to its URL; to our own route's service, where the storage is local."""
    found = storage.current()
    target = view.parts[number - 1]
    if isinstance(found, LocalStorage):
        upload = target.url.split("/uploads/")[1].split("/")[0]
        await found.receive_part(upload, number, _stream(content), size=len(content))
        return
    async with httpx.AsyncClient() as client:
        answer = await client.request(target.method, target.url, headers=target.headers, content=content)
        assert answer.status_code == 200


async def _begin(user, content: bytes, *, sha256: str | None = None, filename: str = "talk.wav") -> UploadView:
    return await uploads.create(user.id, NewUpload(filename=filename, size=len(content), sha256=sha256))


async def _send_all(view: UploadView, content: bytes) -> None:
    for part in view.parts:
        start = (part.number - 1) * view.part_size
        await _send(view, part.number, content[start : start + view.part_size])


async def _content(media_id) -> bytes:
    row = await db.fetch_one("SELECT storage_key FROM media WHERE id = $1", media_id)
    return b"".join([chunk async for chunk in storage.current().read(row["storage_key"])])


async def _is_empty(upload_id) -> bool:
    """Tell whether neither parts nor file of the upload are in the storage."""
    row = await db.fetch_one("SELECT storage_key, storage_upload FROM uploads WHERE id = $1", upload_id)
    left = 0
    for ask in (
        storage.current().size(row["storage_key"]),
        storage.current().parts(row["storage_key"], row["storage_upload"]),
    ):
        try:
            await ask
        except NotFound:
            continue
        left += 1
    return left == 0


async def test_upload_becomes_a_recording_when_all_parts_are_there(backend, user):
    content = silent_wav(PART + 1000)
    digest = hashlib.sha256(content).hexdigest()
    view = await _begin(user, content, sha256=digest.upper())
    await _send_all(view, content)

    found = await uploads.complete(user.id, view.id)

    assert [(part.number, part.size) for part in view.parts] == [(1, PART), (2, 1000)]
    assert (found.kind, found.size, found.sha256) == ("audio", len(content), digest)
    assert await _content(found.id) == content


async def test_upload_is_resumed_when_parts_are_missing(backend, user):
    content = silent_wav(PART + 1000)
    view = await _begin(user, content)
    await _send(view, 2, content[PART:])

    with pytest.raises(BadInput) as refused:
        await uploads.complete(user.id, view.id)
    again = await uploads.get(user.id, view.id)
    await _send(again, 1, content[:PART])
    found = await uploads.complete(user.id, view.id)

    assert refused.value.facts["missing"] == [1]
    assert [part.arrived for part in again.parts] == [False, True]
    assert found.size == len(content)


async def test_part_of_the_wrong_size_counts_as_missing(backend, user):
    content = wav()
    view = await _begin(user, content)
    await _send(view, 1, content + b"more")

    with pytest.raises(BadInput) as refused:
        await uploads.complete(user.id, view.id)

    assert refused.value.facts["missing"] == [1]
    assert (await uploads.get(user.id, view.id)).status == "open"


async def test_upload_is_resumed_when_the_digest_differs(backend, user):
    content = silent_wav(PART + 1000)
    view = await _begin(user, content, sha256=hashlib.sha256(content).hexdigest())
    await _send_all(view, content[:-1] + b"!")

    with pytest.raises(BadInput, match="SHA-256"):
        await uploads.complete(user.id, view.id)
    again = await uploads.get(user.id, view.id)
    await _send(again, 2, content[PART:])
    found = await uploads.complete(user.id, view.id)

    assert [part.arrived for part in again.parts] == [True, True]
    assert await _content(found.id) == content


async def test_complete_returns_the_same_recording_when_asked_again(backend, user):
    content = wav()
    view = await _begin(user, content)
    await _send_all(view, content)

    first = await uploads.complete(user.id, view.id)
    second = await uploads.complete(user.id, view.id)

    assert first == second
    assert (await uploads.get(user.id, view.id)).media_id == first.id


async def test_one_recording_is_made_when_many_complete_at_once(backend, user):
    content = wav()
    view = await _begin(user, content)
    await _send_all(view, content)

    answers = await asyncio.gather(*[uploads.complete(user.id, view.id) for _ in range(5)], return_exceptions=True)

    made = [answer for answer in answers if not isinstance(answer, Conflict)]
    assert len({view.id for view in made}) == 1
    assert len((await media.list_page(user.id, limit=10)).items) == 1


async def test_nothing_is_kept_when_the_content_is_no_recording(backend, user):
    content = b"\x00\x01\x02" * 1000
    view = await _begin(user, content, filename="talk.mp3")
    await _send_all(view, content)

    with pytest.raises(BadMedia):
        await uploads.complete(user.id, view.id)

    assert (await uploads.get(user.id, view.id)).status == "aborted"
    assert await _is_empty(view.id)
    with pytest.raises(Conflict, match="given up"):
        await uploads.complete(user.id, view.id)


async def test_nothing_is_kept_when_aborted(backend, user):
    content = wav()
    view = await _begin(user, content)
    await _send_all(view, content)

    await uploads.abort(user.id, view.id)
    await uploads.abort(user.id, view.id)

    assert (await uploads.get(user.id, view.id)).status == "aborted"
    assert await _is_empty(view.id)


async def test_abort_is_refused_when_it_is_a_recording_already(backend, user):
    content = wav()
    view = await _begin(user, content)
    await _send_all(view, content)
    found = await uploads.complete(user.id, view.id)

    with pytest.raises(Conflict):
        await uploads.abort(user.id, view.id)

    assert await _content(found.id) == content


async def test_crash_after_joining_is_survived(backend, user):
    content = wav()
    view = await _begin(user, content)
    await _send_all(view, content)
    row = await upload_claims.claim(user.id, view.id)
    await uploads._join(row)  # and then the process dies

    with pytest.raises(Conflict, match="being completed"):
        await uploads.complete(user.id, view.id)
    await db.execute("UPDATE uploads SET expires_at = now() WHERE id = $1", view.id)  # its lease runs out
    found = await uploads.complete(user.id, view.id)

    assert await _content(found.id) == content


async def test_sweep_throws_away_what_nobody_completed(backend, user):
    content = wav()
    view = await _begin(user, content)
    await _send_all(view, content)

    touched = await uploads.sweep_expired(datetime.now(UTC) + timedelta(hours=23))
    assert touched == 0 or backend == "s3"  # moto says 2010 for every upload, so its own sweep takes it
    later = await uploads.sweep_expired(datetime.now(UTC) + timedelta(hours=25))

    assert later == 1
    assert (await uploads.get(user.id, view.id)).status == "aborted"
    assert await _is_empty(view.id)


async def test_sweep_opens_again_what_a_dead_process_was_completing(backend, user):
    content = wav()
    view = await _begin(user, content)
    await upload_claims.claim(user.id, view.id)
    now = datetime.now(UTC)

    await uploads.sweep_expired(now + timedelta(minutes=5))
    found = await uploads.get(user.id, view.id)

    assert found.status == "open"
    assert found.expires_at == view.expires_at


async def test_lost_lease_makes_no_recording(backend, user):
    content = wav()
    view = await _begin(user, content)
    await _send_all(view, content)
    row = await upload_claims.claim(user.id, view.id)
    await db.execute("UPDATE uploads SET expires_at = expires_at + interval '1 second' WHERE id = $1", view.id)

    with pytest.raises(Conflict):
        await upload_claims.Lease(row).settle(uuid4())

    assert (await uploads.get(user.id, view.id)).status == "completing"


@pytest.mark.parametrize("act", [uploads.get, uploads.complete, uploads.abort])
async def test_upload_is_not_found_when_it_is_a_strangers(user, stranger, act):
    view = await _begin(user, wav())

    with pytest.raises(NotFound):
        await act(stranger.id, view.id)
    with pytest.raises(NotFound):
        await act(user.id, uuid4())


async def test_upload_is_refused_when_it_is_too_large(user):
    limit = settings.current().max_upload_bytes

    with pytest.raises(TooLarge):
        await uploads.create(user.id, NewUpload(filename="a.mp4", size=limit + 1))

    assert (await db.fetch_one("SELECT count(*) AS n FROM uploads"))["n"] == 0


async def test_upload_is_refused_when_too_many_are_open(user, stranger):
    for _ in range(50):
        await _begin(user, b"x")

    with pytest.raises(Conflict, match="unfinished"):
        await _begin(user, b"x")

    assert (await _begin(stranger, b"x")).status == "open"


@pytest.mark.parametrize(
    ("size", "part_size", "count"),
    [
        (1, PART, 1),
        (PART, PART, 1),
        (PART + 1, PART, 2),
        (8000 * MIB, PART, 1000),  # the most parts of the smallest size
        (8000 * MIB + 1, 9 * MIB, 889),  # 8000 / 9 = 888.9
        (5 * 1024**4, 5243 * MIB, 1000),  # S3's largest file: 5 TiB / 1000 = 5242.88 MiB
    ],
)
def test_parts_are_few_and_large_enough_for_s3(size, part_size, count):
    found = uploads.part_size_for(size)

    assert (found, -(-size // found)) == (part_size, count)
