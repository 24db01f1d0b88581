"""Jobs: made, refused, repeated, listed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.acceptance.conftest import API, Join, Json, ended, problem, send, submit

JOB = {
    "id", "kind", "status", "stage", "progress", "media_id", "engine", "model", "language", "mode", "priority",
    "features", "credits", "warnings", "error", "attempts", "created_at", "started_at", "finished_at",
}  # fmt: skip


def test_job_is_accepted_with_its_address(owner: httpx.Client, text_media: str) -> None:
    answer = owner.post(f"{API}/jobs", json={"media_id": text_media, "engine": "stub"})

    job = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"{API}/jobs/{job['id']}")
    assert set(job) >= JOB
    assert (job["kind"], job["mode"], job["priority"], job["features"]) == ("transcription", "mono", "normal", {})


def test_job_tells_how_it_ended(finished_job: Json) -> None:
    assert (finished_job["status"], finished_job["progress"], finished_job["stage"]) == ("completed", 100, "deliver")
    assert finished_job["error"] is None
    assert finished_job["created_at"] <= finished_job["started_at"] <= finished_job["finished_at"]


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"engine": "nope"}, "nope"),
        ({"language": "xx"}, "xx"),
        ({"language": "klingon"}, "klingon"),
        ({"kind": "nope"}, "transcription"),  # says what may be asked for
        ({"mode": "nope"}, "dialogue"),
        ({"priority": "nope"}, "normal"),
        ({"colour": "red"}, "colour"),
        ({"media_id": "x"}, "media_id"),
        ({"media_id": None}, "media_id"),
        ({"engine": 5}, "engine"),
        ({"min_speakers": 0}, "min_speakers"),
        ({"min_speakers": 10**40}, "min_speakers"),
        ({"mode": "dialogue", "min_speakers": 5, "max_speakers": 2}, "max_speakers"),
        ({"features": True}, "features"),
        ({"features": {"llm_gateway": True}}, "llm_gateway"),
        ({"features": {"speech_understanding": {"mind_reading": True}}}, "mind_reading"),
        ({"kind": "clips", "clips": {"about": "\x00"}}, "about"),
        ({"kind": "clips", "clips": {"count": 99}}, "count"),
        ({"kind": "clips", "clips": {"aspect": "3:1"}}, "9:16"),  # says what may be asked for
        ({"kind": "clips"}, "nothing that clips could be cut from"),  # of a text
    ],
)
def test_job_is_refused_when_the_wish_is_bad(owner: httpx.Client, text_media: str, wish: Json, word: str) -> None:
    answer = owner.post(f"{API}/jobs", json={"media_id": text_media, "engine": "stub", **wish})

    problem(answer, 422)
    assert word in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "statuses"),
    [
        (b"", "application/json", {400, 422}),
        (b"{", "application/json", {400}),
        (b"null", "application/json", {422}),
        (b"[]", "application/json", {422}),
        (b'"text"', "application/json", {422}),
        (b"\xff\xfe", "application/json", {400}),
        (b"[" * 100_000, "application/json", {400}),
        (b"media_id=1", "application/x-www-form-urlencoded", {415, 422}),
        (b"<job/>", "application/xml", {415, 422}),
        (b"{}", "text/plain", {415, 422}),
        (b'{"media_id":"' + b"x" * 3_000_000 + b'"}', "application/json", {413}),
    ],
)
def test_job_is_refused_when_the_body_is_no_json_object(
    owner: httpx.Client, content: bytes, kind: str, statuses: set[int]
) -> None:
    answer = owner.post(f"{API}/jobs", content=content, headers={"content-type": kind})

    assert answer.status_code in statuses, answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_json_under_another_type_is_refused(owner: httpx.Client, text_media: str, kind: str) -> None:
    content = json.dumps({"media_id": text_media, "engine": "stub"}).encode()

    answer = owner.post(f"{API}/jobs", content=content, headers={"content-type": kind})

    # A form of another site can send these without being asked, JSON it cannot (CSRF).
    assert answer.status_code in (415, 422), answer.text


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE"])
def test_wrong_method_answers_405_and_names_the_right_ones(owner: httpx.Client, method: str) -> None:
    answer = owner.request(method, f"{API}/jobs")

    problem(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


def test_critical_priority_is_for_administrators(owner: httpx.Client, text_media: str) -> None:
    problem(owner.post(f"{API}/jobs", json={"media_id": text_media, "engine": "stub", "priority": "critical"}), 403)


def test_twenty_parallel_requests_with_one_key_make_one_job(join: Join, unique: str) -> None:
    client = join()
    wish = {"media_id": send(client, "once.txt", b"Only once.")["id"], "engine": "stub"}

    with ThreadPoolExecutor(20) as pool:
        post = lambda _: client.post(f"{API}/jobs", json=wish, headers={"Idempotency-Key": unique})  # noqa: E731
        answers = list(pool.map(post, range(20)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(client.get(f"{API}/jobs").json()["items"]) == 1


def test_key_is_refused_when_used_for_another_job(owner: httpx.Client, text_media: str, unique: str) -> None:
    wish = {"media_id": text_media, "engine": "stub"}
    headers = {"Idempotency-Key": unique}
    owner.post(f"{API}/jobs", json=wish, headers=headers)

    answer = owner.post(f"{API}/jobs", json={**wish, "language": "en"}, headers=headers)

    problem(answer, 422, "idempotency_key_reused")


def test_key_is_free_again_when_the_request_was_refused(owner: httpx.Client, text_media: str, unique: str) -> None:
    headers = {"Idempotency-Key": unique}
    problem(owner.post(f"{API}/jobs", json={"media_id": text_media, "engine": "nope"}, headers=headers), 422)

    answer = owner.post(f"{API}/jobs", json={"media_id": text_media, "engine": "stub"}, headers=headers)

    assert answer.status_code == 202


def test_key_is_ones_own(owner: httpx.Client, stranger: httpx.Client, text_media: str, unique: str) -> None:
    headers = {"Idempotency-Key": unique}
    mine = owner.post(f"{API}/jobs", json={"media_id": text_media, "engine": "stub"}, headers=headers).json()
    theirs = send(stranger, "other.txt", b"Other words.")["id"]

    answer = stranger.post(f"{API}/jobs", json={"media_id": theirs, "engine": "stub"}, headers=headers)

    assert (answer.status_code, answer.json()["id"] != mine["id"]) == (202, True)


@pytest.mark.parametrize("key", ["", "x" * 300])
def test_bad_key_is_refused_by_its_name(owner: httpx.Client, text_media: str, key: str) -> None:
    answer = owner.post(f"{API}/jobs", json={"media_id": text_media}, headers={"Idempotency-Key": key})

    assert problem(answer, 422)["errors"][0]["field"].lower() == "idempotency-key"


@pytest.fixture(scope="module")
def many(join: Join) -> tuple[httpx.Client, list[str]]:
    """A user with five completed jobs, oldest first."""
    client = join()
    first = send(client, "100% rivers_1.txt", b"Rivers wander.")["id"]
    second = send(client, "mountains.txt", b"Mountains stay.")["id"]
    jobs = [submit(client, media_id=media)["id"] for media in (first, second, first, second, first)]
    assert {ended(client, job)["status"] for job in jobs} == {"completed"}
    return client, jobs


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [4, 3, 2, 1, 0]),
        ("status=completed", [4, 3, 2, 1, 0]),
        ("status=failed", []),
        ("kind=transcription", [4, 3, 2, 1, 0]),
        ("kind=clips", []),
        ("q=mountain", [3, 1]),
        ("q=RIVERS", [4, 2, 0]),
        ("q=100%25", [4, 2, 0]),  # signs of LIKE are plain text here
        ("q=%25", [4, 2, 0]),
        ("q=rivers_", [4, 2, 0]),
        ("q=m_untains", []),
        ("q=zebra", []),
        ("q='%20OR%201=1--", []),
        ("status=completed&q=mountain&limit=1", [3]),
    ],
)
def test_list_has_what_the_filter_asks_for(
    many: tuple[httpx.Client, list[str]], query: str, expected: list[int]
) -> None:
    client, jobs = many

    page = client.get(f"{API}/jobs?{query}").json()

    assert [item["id"] for item in page["items"]] == [jobs[index] for index in expected]


@pytest.mark.parametrize("query", ["status=nope", "kind=nope", "limit=0", "cursor=nope", "q=%00", f"q={'x' * 3000}"])
def test_list_is_refused_when_the_filter_is_none(owner: httpx.Client, query: str) -> None:
    problem(owner.get(f"{API}/jobs?{query}"), 422)


def test_list_pages_hold_each_job_once_while_more_arrive(join: Join) -> None:
    client = join()
    media = send(client, "words.txt", b"Words.")["id"]
    made = [submit(client, media_id=media)["id"] for _ in range(5)]

    seen: list[str] = []
    query: Json = {"limit": 2}
    while "cursor" not in query or query["cursor"]:
        page = client.get(f"{API}/jobs", params=query).json()
        seen += [item["id"] for item in page["items"]]
        query["cursor"] = page["next_cursor"]
        submit(client, media_id=media)

    assert seen == made[::-1]


def test_completed_job_can_neither_be_cancelled_nor_retried(owner: httpx.Client, finished_job: Json) -> None:
    problem(owner.delete(f"{API}/jobs/{finished_job['id']}"), 409)
    problem(owner.post(f"{API}/jobs/{finished_job['id']}/retry"), 409)

    assert owner.get(f"{API}/jobs/{finished_job['id']}").json() == finished_job


@pytest.mark.parametrize("path", ["", "/events", "/transcript", "/transcript/versions", "/download"])
@pytest.mark.parametrize("who", ["stranger", "anyone"])
def test_job_of_another_does_not_exist(request: pytest.FixtureRequest, finished_job: Json, who: str, path: str) -> None:
    client = request.getfixturevalue(who)

    answer = client.get(f"{API}/jobs/{finished_job['id']}{path}")

    problem(answer, 404 if who == "stranger" else 401)


def test_stranger_changes_nothing(
    stranger: httpx.Client, owner: httpx.Client, finished_job: Json, text_media: str
) -> None:
    job, media = f"{API}/jobs/{finished_job['id']}", f"{API}/media/{text_media}"

    attempts = [
        stranger.delete(job),
        stranger.post(f"{job}/retry"),
        stranger.get(media),
        stranger.get(f"{media}/content"),
        stranger.delete(media),
        stranger.post(f"{API}/jobs", json={"media_id": text_media}),
        stranger.post(f"{API}/quotes", json={"media_id": text_media}),
    ]

    assert [answer.status_code for answer in attempts] == [404] * len(attempts)
    assert owner.get(job).json() == finished_job
