"""Recordings over HTTP."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from reelscribe.platform import db, settings
from reelscribe.platform.services import media

from tests.recordings import silent_wav, wav
from tests.web.conftest import Member

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def _upload(member: Member, content: bytes, *, filename: str = "talk.wav") -> dict[str, Any]:
    answer = await member.http.post("/api/v1/media", files={"file": (filename, content, "audio/wav")})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _stored() -> set[Path]:
    return {path for path in settings.current().storage_path.rglob("*") if path.is_file()}


@pytest.fixture
def nothing_left():
    """The test leaves no file in the storage."""
    before = _stored()
    yield
    assert _stored() == before


async def test_upload_makes_a_recording(member: Member) -> None:
    content = wav(0.5)

    answer = await member.http.post("/api/v1/media", files={"file": ("talk.wav", content, "text/html")})

    found = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/media/{found['id']}"
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    assert (found["filename"], found["kind"], found["size"]) == ("talk.wav", "audio", len(content))
    assert set(found) == {"id", "filename", "kind", "content_type", "size", "duration", "sha256", "created_at"}


async def test_upload_ignores_other_fields_around_the_file(member: Member) -> None:
    answer = await member.http.post(
        "/api/v1/media",
        data={"_csrf_token": "x", "note": "y" * 10_000},
        files={"file": ("ä \r\n\x07.wav", wav(0.1), "audio/wav")},
    )

    assert answer.status_code == 201
    assert answer.json()["filename"].startswith("ä")


@pytest.mark.parametrize(
    "request_values",
    [
        {"json": {"file": "x"}},
        {"content": b"x"},
        {"data": {"file": "no file but text"}},
        {"files": {"recording": ("a.wav", b"x")}},
        {"files": {"file": ("", b"x")}},
        {"files": [("file", ("a.wav", b"x")), ("file", ("b.wav", b"y"))]},
        {"files": {"file": ("a.wav", b"x")}, "data": {"big": "x" * 2_000_000}},
        {"content": b"--b\r\n", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"nonsense", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        {
            "content": b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nbroken off',
            "headers": {"Content-Type": "multipart/form-data; boundary=b"},
        },
        {
            "content": b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + b"a" * 20_000 + b'"\r\n\r\n',
            "headers": {"Content-Type": "multipart/form-data; boundary=b"},
        },
    ],
)
async def test_upload_is_refused_when_there_is_no_proper_file(
    member: Member, nothing_left: None, request_values: dict[str, Any]
) -> None:
    answer = await member.http.post("/api/v1/media", **request_values)

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await member.http.get("/api/v1/media")).json()["items"] == []


@pytest.mark.parametrize(
    ("filename", "content"), [("a.mp3", b""), ("a.mp3", b"only text"), ("a.mp4", b"\x00\xff" * 999)]
)
async def test_upload_is_refused_when_the_content_is_no_recording(
    member: Member, nothing_left: None, filename: str, content: bytes
) -> None:
    answer = await member.http.post("/api/v1/media", files={"file": (filename, content, "video/mp4")})

    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_media"
    assert answer.json()["hint"]


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REELSCRIBE_MAX_UPLOAD_BYTES", "20000")
    settings.current.cache_clear()
    yield 20_000
    monkeypatch.undo()
    settings.current.cache_clear()


@pytest.mark.parametrize("size", [20_002, 5_000_000])
async def test_upload_is_refused_when_it_is_too_large(
    member: Member, nothing_left: None, small_limit: int, size: int
) -> None:
    answer = await member.http.post("/api/v1/media", files={"file": ("a.wav", silent_wav(size))})

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


async def test_upload_is_taken_when_it_is_exactly_as_large_as_allowed(member: Member, small_limit: int) -> None:
    assert (await _upload(member, silent_wav(20_000)))["size"] == 20_000


async def test_upload_is_refused_without_reading_it_when_its_length_says_enough(
    member: Member, server: str, small_limit: int
) -> None:
    reader, writer = await asyncio.open_connection(urlsplit(server).hostname, urlsplit(server).port)
    head = (
        f"POST /api/v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: {member.http.headers['authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000000\r\n\r\n"
    )
    writer.write(head.encode())

    line = await asyncio.wait_for(reader.readline(), timeout=30)

    writer.close()
    assert line.startswith(b"HTTP/1.1 413")


async def test_upload_leaves_nothing_when_the_client_goes_away(member: Member, server: str, nothing_left: None) -> None:
    _, writer = await asyncio.open_connection(urlsplit(server).hostname, urlsplit(server).port)
    head = (
        f"POST /api/v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: {member.http.headers['authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    )
    writer.write(head.encode() + wav(0.5))
    await _until("SELECT 1 FROM uploads WHERE status = 'completing'")
    writer.close()

    await _until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM uploads)")


async def _until(sql: str) -> None:
    async with asyncio.timeout(30):
        while not await db.fetch(sql):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


async def test_list_pages_through_the_recordings(member: Member, outsider: Member) -> None:
    made = [(await _upload(member, wav(0.1)))["id"] for _ in range(3)]

    first = (await member.http.get("/api/v1/media?limit=2")).json()
    second = (await member.http.get(f"/api/v1/media?limit=2&cursor={first['next_cursor']}")).json()

    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None
    assert (await outsider.http.get("/api/v1/media")).json()["items"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=nonsense"])
async def test_list_is_refused_when_the_query_is_wrong(member: Member, query: str) -> None:
    answer = await member.http.get(f"/api/v1/media?{query}")

    assert answer.status_code == 422


async def test_recording_is_shown_to_its_owner(member: Member) -> None:
    made = await _upload(member, wav(0.1))

    assert (await member.http.get(f"/api/v1/media/{made['id']}")).json() == made


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("DELETE", ""), ("GET", "/content")])
async def test_recording_is_missing_when_it_is_a_strangers_or_none(
    member: Member, outsider: Member, method: str, suffix: str
) -> None:
    made = await _upload(member, wav(0.1))

    foreign = await outsider.http.request(method, f"/api/v1/media/{made['id']}{suffix}")
    unknown = await member.http.request(method, f"/api/v1/media/{UNKNOWN}{suffix}")
    bad = await member.http.request(method, f"/api/v1/media/not-an-id{suffix}")

    assert [foreign.status_code, unknown.status_code, bad.status_code] == [404, 404, 404]
    assert (await member.http.get(f"/api/v1/media/{made['id']}")).status_code == 200


async def test_delete_removes_the_recording_for_good(member: Member, nothing_left: None) -> None:
    made = await _upload(member, wav(0.1))

    first = await member.http.delete(f"/api/v1/media/{made['id']}")
    second = await member.http.delete(f"/api/v1/media/{made['id']}")

    assert (first.status_code, second.status_code) == (204, 404)
    assert (await member.http.get(f"/api/v1/media/{made['id']}/content")).status_code == 404


async def test_delete_is_refused_while_a_job_needs_it(member: Member) -> None:
    made = await _upload(member, wav(0.1))
    sql = "INSERT INTO jobs (user_id, media_id, kind, engine) VALUES ($1, $2, 'transcription', 'stub')"
    await db.execute(sql, member.id, UUID(made["id"]))

    answer = await member.http.delete(f"/api/v1/media/{made['id']}")

    assert answer.status_code == 409
    assert (await member.http.get(f"/api/v1/media/{made['id']}/content")).status_code == 200


async def test_content_is_sent_as_an_attachment_that_cannot_run(member: Member) -> None:
    content = wav(0.5)
    made = await _upload(member, content, filename='évil".html')

    answer = await member.http.get(f"/api/v1/media/{made['id']}/content")

    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["content-type"].startswith("audio/")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["etag"] == f'"{made["sha256"]}"'


@pytest.mark.parametrize(
    ("wanted", "start", "stop"), [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-5", -5, None)]
)
async def test_content_is_sent_in_part_when_asked(member: Member, wanted: str, start: int, stop: int | None) -> None:
    content = wav(0.5)
    made = await _upload(member, content)

    answer = await member.http.get(f"/api/v1/media/{made['id']}/content", headers={"Range": wanted})

    part = content[start:stop]
    first = start % len(content)
    assert (answer.status_code, answer.content) == (206, part)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(part) - 1}/{len(content)}"
    assert answer.headers["content-length"] == str(len(part))


async def test_content_says_so_when_the_range_lies_outside(member: Member) -> None:
    made = await _upload(member, wav(0.1))

    answer = await member.http.get(f"/api/v1/media/{made['id']}/content", headers={"Range": "bytes=999999-"})

    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{made['size']}"
    assert answer.json()["code"] == "range_not_satisfiable"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": "{etag}"}, 304),
        ({"If-None-Match": 'W/{etag}, "other"'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"Range": "bytes=0-1", "If-Range": "{etag}"}, 206),
        ({"Range": "bytes=0-1", "If-Range": '"other"'}, 200),
        ({"Range": "bytes=0-1", "If-Range": "Wed, 21 Oct 2015 07:28:00 GMT"}, 200),
    ],
)
async def test_content_depends_on_what_the_client_knows(member: Member, headers: dict[str, str], status: int) -> None:
    made = await _upload(member, wav(0.1))
    sent = {name: value.format(etag=f'"{made["sha256"]}"') for name, value in headers.items()}

    answer = await member.http.get(f"/api/v1/media/{made['id']}/content", headers=sent)

    assert answer.status_code == status
    assert len(answer.content) == {304: 0, 200: made["size"], 206: 2}[status]


async def test_head_says_the_same_without_the_content(member: Member) -> None:
    made = await _upload(member, wav(0.1))

    got = await member.http.get(f"/api/v1/media/{made['id']}/content")
    head = await member.http.head(f"/api/v1/media/{made['id']}/content")

    same = ("content-length", "content-type", "etag", "accept-ranges", "content-disposition")
    assert (head.status_code, head.content) == (200, b"")
    assert [head.headers[name] for name in same] == [got.headers[name] for name in same]


async def test_link_gives_the_content_to_who_has_it_until_it_is_changed(
    member: Member, http: httpx.AsyncClient
) -> None:
    content = wav(0.1)
    made = await _upload(member, content)
    link = urlsplit(await media.link(member.id, UUID(made["id"])))
    target = f"{link.path}?{link.query}"

    good = await http.get(target)
    part = await http.get(target, headers={"Range": "bytes=0-3"})
    changed = await http.get(target.replace("name=talk", "name=walk"))
    bare = await http.get(link.path)

    assert (good.status_code, good.content) == (200, content)
    assert good.headers["content-disposition"] == 'attachment; filename="talk.wav"'
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert [(answer.status_code, answer.json()["code"]) for answer in (changed, bare)] == [(403, "forbidden")] * 2


@pytest.mark.parametrize("key", ["../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "a//b", ""])
async def test_file_is_not_reached_by_tricks_with_the_path(http: httpx.AsyncClient, key: str) -> None:
    answer = await http.get(f"/files/{key}?expires=1&signature=x")

    assert answer.status_code in {403, 404}


async def test_link_leads_nowhere_when_the_recording_was_deleted(member: Member, http: httpx.AsyncClient) -> None:
    made = await _upload(member, wav(0.1))
    link = urlsplit(await media.link(member.id, UUID(made["id"])))
    await member.http.delete(f"/api/v1/media/{made['id']}")

    assert (await http.get(f"{link.path}?{link.query}")).status_code == 404


async def test_large_content_goes_up_and_down_again(member: Member) -> None:
    content = silent_wav(30_000_000)

    made = await _upload(member, content)
    digest = hashlib.sha256()
    async with member.http.stream("GET", f"/api/v1/media/{made['id']}/content") as answer:
        async for chunk in answer.aiter_bytes():
            digest.update(chunk)

    assert made["sha256"] == digest.hexdigest() == hashlib.sha256(content).hexdigest()


async def test_key_that_may_only_read_cannot_upload(member: Member, http: httpx.AsyncClient) -> None:
    key = (await member.http.post("/api/v1/keys", json={"name": "k", "scopes": ["read"]})).json()["key"]

    answer = await http.post(
        "/api/v1/media", files={"file": ("a.wav", wav(0.1))}, headers={"Authorization": f"Bearer {key}"}
    )

    assert answer.status_code == 403
