"""Resumable uploads over HTTP, with the parts going to our own signed URLs."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from reelscribe.platform import events

from tests.recordings import silent_wav, wav
from tests.web.conftest import Member

UNKNOWN = "00000000-0000-4000-8000-000000000000"
MIB = 1024 * 1024


async def _begin(member: Member, content: bytes, **more: Any) -> dict[str, Any]:
    body = {"filename": "talk.wav", "size": len(content), "content_type": "audio/wav", **more}
    answer = await member.http.post("/api/v1/uploads", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _send(http: httpx.AsyncClient, part: dict[str, Any], content: bytes, *, url: str = "") -> httpx.Response:
    target = urlsplit(url or part["url"])  # the test's server has another port than the public URL
    return await http.request(part["method"], f"{target.path}?{target.query}", content=content, headers=part["headers"])


async def test_upload_goes_all_the_way(member: Member, http: httpx.AsyncClient) -> None:
    content = silent_wav(8 * MIB + 500)
    digest = hashlib.sha256(content).hexdigest()
    made = await _begin(member, content, sha256=digest)

    for part in made["parts"]:
        start = (part["number"] - 1) * made["part_size"]
        answer = await _send(http, part, content[start : start + made["part_size"]])
        assert (answer.status_code, bool(answer.headers["etag"])) == (200, True)
    done = await member.http.post(f"/api/v1/uploads/{made['id']}/complete")
    again = await member.http.post(f"/api/v1/uploads/{made['id']}/complete")

    assert done.status_code == 201
    assert (done.json()["sha256"], done.json()["size"]) == (digest, len(content))
    assert again.json() == done.json()
    assert (await member.http.get(done.headers["location"])).json() == done.json()


async def test_upload_says_which_parts_have_arrived(member: Member, http: httpx.AsyncClient) -> None:
    content = silent_wav(8 * MIB + 500)
    made = await _begin(member, content)
    await _send(http, made["parts"][1], content[8 * MIB :])

    found = (await member.http.get(f"/api/v1/uploads/{made['id']}")).json()

    assert [(part["number"], part["size"], part["arrived"]) for part in found["parts"]] == [
        (1, 8 * MIB, False),
        (2, 500, True),
    ]
    assert (found["status"], found["media_id"], found["expires_at"]) == ("open", None, made["expires_at"])


async def test_listeners_hear_of_parts(member: Member, http: httpx.AsyncClient) -> None:
    content = silent_wav(8 * MIB + 500)
    made = await _begin(member, content)
    await _send(http, made["parts"][1], content[8 * MIB :])
    await _send(http, made["parts"][0], content[: 8 * MIB])

    told = await events.replay(user_id=member.id, job_id=None, after_id="0")

    data = [msgspec.json.decode(event.data) for event in told if event.type == "upload.progress"]
    assert [(item["upload_id"], item["received"]) for item in data] == [(made["id"], 500), (made["id"], len(content))]


async def test_upload_names_the_missing_parts_when_completed_too_early(member: Member) -> None:
    made = await _begin(member, wav())

    answer = await member.http.post(f"/api/v1/uploads/{made['id']}/complete")

    assert answer.status_code == 422
    assert answer.json()["missing"] == [1]


async def test_upload_can_be_mended_when_the_digest_differs(member: Member, http: httpx.AsyncClient) -> None:
    content = wav()
    made = await _begin(member, content, sha256=hashlib.sha256(content).hexdigest())
    await _send(http, made["parts"][0], content[:-1] + b"!")

    wrong = await member.http.post(f"/api/v1/uploads/{made['id']}/complete")
    await _send(http, made["parts"][0], content)
    right = await member.http.post(f"/api/v1/uploads/{made['id']}/complete")

    assert (wrong.status_code, wrong.json()["code"]) == (422, "sha256_mismatch")
    assert right.status_code == 201


@pytest.mark.parametrize("change", [-1, 1])
async def test_part_is_refused_when_its_size_is_wrong(member: Member, http: httpx.AsyncClient, change: int) -> None:
    made = await _begin(member, bytes(1000))

    answer = await _send(http, made["parts"][0], bytes(1000 + change))

    assert answer.status_code == 422
    assert (await member.http.get(f"/api/v1/uploads/{made['id']}")).json()["parts"][0]["arrived"] is False


@pytest.mark.parametrize("size", [999, 1001])
async def test_part_is_refused_when_its_size_is_wrong_and_unannounced(
    member: Member, http: httpx.AsyncClient, size: int
) -> None:
    made = await _begin(member, bytes(1000))
    target = urlsplit(made["parts"][0]["url"])

    async def chunked():
        yield bytes(size)

    answer = await http.put(f"{target.path}?{target.query}", content=chunked())

    assert answer.status_code == 422
    assert (await member.http.get(f"/api/v1/uploads/{made['id']}")).json()["parts"][0]["arrived"] is False


@pytest.mark.parametrize(
    ("old", "new"),
    [("size=1000", "size=2000"), ("/parts/1?", "/parts/2?"), ("expires=1", "expires=2"), ("signature=", "s=")],
)
async def test_part_is_refused_when_its_url_was_changed(
    member: Member, http: httpx.AsyncClient, old: str, new: str
) -> None:
    made = await _begin(member, bytes(1000))
    url = made["parts"][0]["url"]
    assert old in url

    answer = await _send(http, made["parts"][0], bytes(1000), url=url.replace(old, new))

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


async def test_part_is_refused_when_the_upload_was_aborted(member: Member, http: httpx.AsyncClient) -> None:
    made = await _begin(member, bytes(1000))
    await member.http.delete(f"/api/v1/uploads/{made['id']}")

    answer = await _send(http, made["parts"][0], bytes(1000))

    assert answer.status_code == 404


async def test_part_url_is_for_writing_only(member: Member, http: httpx.AsyncClient) -> None:
    made = await _begin(member, bytes(1000))
    target = urlsplit(made["parts"][0]["url"])

    answer = await http.get(f"{target.path}?{target.query}")

    assert answer.status_code == 405


async def test_abort_ends_the_upload(member: Member) -> None:
    made = await _begin(member, bytes(1000))

    answers = [await member.http.delete(f"/api/v1/uploads/{made['id']}") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await member.http.get(f"/api/v1/uploads/{made['id']}")).json()["status"] == "aborted"
    assert (await member.http.post(f"/api/v1/uploads/{made['id']}/complete")).status_code == 409


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("DELETE", ""), ("POST", "/complete")])
async def test_upload_is_missing_when_it_is_a_strangers_or_none(
    member: Member, outsider: Member, method: str, suffix: str
) -> None:
    made = await _begin(member, bytes(1000))

    foreign = await outsider.http.request(method, f"/api/v1/uploads/{made['id']}{suffix}")
    unknown = await member.http.request(method, f"/api/v1/uploads/{UNKNOWN}{suffix}")
    bad = await member.http.request(method, f"/api/v1/uploads/not-an-id{suffix}")

    assert [foreign.status_code, unknown.status_code, bad.status_code] == [404, 404, 404]
    assert (await member.http.get(f"/api/v1/uploads/{made['id']}")).json()["status"] == "open"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"filename": "a", "size": 0}, 422),
        ({"filename": "a", "size": -1}, 422),
        ({"filename": "a", "size": "10"}, 422),
        ({"filename": "a", "size": 1.5}, 422),
        ({"filename": "", "size": 1}, 422),
        ({"filename": "a" * 1001, "size": 1}, 422),
        ({"filename": "a", "size": 1, "sha256": "x" * 64}, 422),
        ({"filename": "a", "size": 1, "sha256": "0" * 63}, 422),
        ({"filename": "a", "size": 1, "content_type": "x" * 101}, 422),
        ({"filename": "a", "size": 1, "unknown": 1}, 422),
        ({"filename": "a", "size": 2**62}, 413),
    ],
)
async def test_upload_is_refused_when_the_request_is_wrong(member: Member, body: dict[str, Any], status: int) -> None:
    answer = await member.http.post("/api/v1/uploads", json=body)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_one_upload_is_begun_when_the_request_is_repeated(member: Member) -> None:
    body = {"filename": "a.wav", "size": 1000}
    headers = {"Idempotency-Key": "once"}

    answers = [await member.http.post("/api/v1/uploads", json=body, headers=headers) for _ in range(2)]
    other = await member.http.post("/api/v1/uploads", json=body | {"size": 2000}, headers=headers)

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert other.status_code == 422


async def test_name_is_cleaned(member: Member) -> None:
    made = await _begin(member, bytes(10), filename="../../etc/\x00passwd.mp4")

    assert made["filename"] == "passwd.mp4"
