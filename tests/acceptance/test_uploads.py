"""Uploads in parts: resumed, refused, finished twice, forged."""

from __future__ import annotations

import hashlib
import re

import httpx
import pytest

from tests.acceptance.conftest import API, Join, Json, problem
from tests.recordings import silent_wav

_SIZE = 17_000_000  # two whole parts and a small one
_CONTENT = silent_wav(_SIZE)
_TEXT = b"A short text that is its own transcript."


@pytest.fixture
def big(owner: httpx.Client) -> Json:
    return _begin(owner, size=_SIZE, sha256=hashlib.sha256(_CONTENT).hexdigest())


@pytest.fixture
def small(owner: httpx.Client) -> Json:
    return _begin(owner, filename="talk.txt", size=len(_TEXT), sha256=None)


def _begin(client: httpx.Client, **wishes: object) -> Json:
    answer = client.post(f"{API}/uploads", json={"filename": "talk.wav", "content_type": "audio/wav", **wishes})
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    assert answer.headers["location"] == f"{API}/uploads/{found['id']}"
    return found


def _put(anyone: httpx.Client, upload: Json, number: int, content: bytes) -> httpx.Response:
    part = upload["parts"][number - 1]
    return anyone.request(part["method"], part["url"], headers=part["headers"], content=content)


def _piece(upload: Json, number: int) -> bytes:
    size = upload["part_size"]
    return _CONTENT[(number - 1) * size : number * size]


def test_upload_is_resumed_when_a_part_was_lost(owner: httpx.Client, anyone: httpx.Client, big: Json) -> None:
    path = f"{API}/uploads/{big['id']}"
    for number in (1, 3):
        assert _put(anyone, big, number, _piece(big, number)).is_success
    assert problem(owner.post(f"{path}/complete"), 422)["missing"] == [2]

    lost = [part for part in owner.get(path).json()["parts"] if not part["arrived"]]
    anyone.request(lost[0]["method"], lost[0]["url"], content=_piece(big, 2))
    media = owner.post(f"{path}/complete").json()

    assert [part["number"] for part in lost] == [2]
    assert (media["size"], media["sha256"]) == (_SIZE, hashlib.sha256(_CONTENT).hexdigest())
    assert (
        owner.get(f"{API}/media/{media['id']}/content", headers={"Range": "bytes=8388600-8388700"}).content
        == (_CONTENT[8388600:8388701])
    )


def test_complete_gives_the_same_media_when_asked_twice(owner: httpx.Client, anyone: httpx.Client, small: Json) -> None:
    _put(anyone, small, 1, _TEXT)

    first, second = (owner.post(f"{API}/uploads/{small['id']}/complete") for _ in range(2))

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()


def test_part_is_refused_when_its_size_is_wrong(owner: httpx.Client, anyone: httpx.Client, small: Json) -> None:
    for content in (_TEXT + b"!", _TEXT[:-1], b""):
        problem(_put(anyone, small, 1, content), 422)

    assert [part["arrived"] for part in owner.get(f"{API}/uploads/{small['id']}").json()["parts"]] == [False]


def test_complete_is_refused_when_the_digest_is_wrong(join: Join, anyone: httpx.Client) -> None:
    client = join()
    upload = _begin(client, size=len(_TEXT), sha256="0" * 64)
    _put(anyone, upload, 1, _TEXT)

    problem(client.post(f"{API}/uploads/{upload['id']}/complete"), 422, "sha256_mismatch")

    assert client.get(f"{API}/media").json()["items"] == []


def test_complete_is_refused_when_the_parts_are_no_recording(join: Join, anyone: httpx.Client) -> None:
    client = join()
    content = b"\x00\x01 nothing to hear " * 100
    upload = _begin(client, size=len(content))
    _put(anyone, upload, 1, content)

    problem(client.post(f"{API}/uploads/{upload['id']}/complete"), 422, "bad_media")

    assert client.get(f"{API}/media").json()["items"] == []


@pytest.mark.parametrize(
    ("found", "forged"),
    [
        (r"signature=..", "signature=00"),
        (r"signature=\w+", "signature="),
        (r"\?.*", ""),
        (r"expires=\d+", "expires=9999999999"),
        (r"size=\d+", "size=1"),
        (r"key=[^&]+", "key=media%2F..%2F..%2Fescaped"),
        (r"/parts/1", "/parts/2"),
        (r"uploads/\w+/", "uploads/..%2f..%2fescaped/"),
    ],
)
def test_part_is_refused_when_its_address_is_forged(anyone: httpx.Client, small: Json, found: str, forged: str) -> None:
    address = re.sub(found, forged, small["parts"][0]["url"], count=1)

    answer = anyone.put(address, content=_TEXT)

    assert answer.status_code in (403, 404), answer.text


def test_upload_belongs_to_its_maker(stranger: httpx.Client, small: Json) -> None:
    path = f"{API}/uploads/{small['id']}"

    for answer in (stranger.get(path), stranger.post(f"{path}/complete"), stranger.delete(path)):
        problem(answer, 404)


def test_upload_takes_nothing_more_when_given_up(owner: httpx.Client, anyone: httpx.Client, small: Json) -> None:
    path = f"{API}/uploads/{small['id']}"

    assert [owner.delete(path).status_code for _ in range(2)] == [204, 204]

    problem(_put(anyone, small, 1, _TEXT), 404)
    problem(owner.post(f"{path}/complete"), 409)


def test_upload_is_kept_when_deleted_after_completion(owner: httpx.Client, anyone: httpx.Client, small: Json) -> None:
    _put(anyone, small, 1, _TEXT)
    media = owner.post(f"{API}/uploads/{small['id']}/complete").json()

    problem(owner.delete(f"{API}/uploads/{small['id']}"), 409)

    assert owner.get(f"{API}/media/{media['id']}").status_code == 200


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"size": 0}, 422),
        ({"size": -1}, 422),
        ({"size": "3"}, 422),
        ({"size": 3.5}, 422),
        ({"size": 10**18}, 413),
        ({"size": 10**30}, 422),
        ({"filename": ""}, 422),
        ({"filename": "x" * 5000}, 422),
        ({"filename": None}, 422),
        ({"sha256": "zz"}, 422),
        ({"content_type": "text/html\r\nSet-Cookie: a=b"}, 422),
        ({"content_type": "\x00"}, 422),
        ({"owner": "me"}, 422),
    ],
)
def test_upload_is_refused_when_the_wish_is_bad(owner: httpx.Client, wish: Json, status: int) -> None:
    problem(owner.post(f"{API}/uploads", json={"filename": "a.txt", "size": 3, **wish}), status)


def test_upload_begins_once_when_the_idempotency_key_is_repeated(owner: httpx.Client, unique: str) -> None:
    headers = {"Idempotency-Key": unique}
    wish = {"filename": "a.txt", "size": 3}

    same = {owner.post(f"{API}/uploads", json=wish, headers=headers).json()["id"] for _ in range(3)}

    assert len(same) == 1
    problem(owner.post(f"{API}/uploads", json={**wish, "size": 4}, headers=headers), 422, "idempotency_key_reused")
