"""Quotes and jobs over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from reelscribe.platform import db

from tests.web.conftest import Job, Member

NOBODYS = "00000000-0000-4000-8000-000000000000"
_KEYS = {
    *("id", "kind", "status", "stage", "progress", "media_id", "engine", "model", "language", "mode", "priority"),
    *("features", "credits", "warnings", "error", "attempts", "created_at", "started_at", "finished_at"),
}


async def test_job_is_accepted_when_it_is_paid_for(member: Member, media_id: str) -> None:
    body = {"media_id": media_id, "engine": "stub", "language": "en", "features": {"llm_gateway": {"enabled": True}}}

    answer = await member.http.post("/api/v1/jobs", json=body)

    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert set(job) == _KEYS
    assert job["status"] == "pending"
    assert job["credits"] == {"quoted": "4.00", "held": "4.00", "charged": "0.00"}  # 1 minute + 3
    assert job["features"] == {"llm_gateway": {"enabled": True}}


async def test_quote_names_items_and_makes_nothing_when_asked(member: Member, media_id: str) -> None:
    answer = await member.http.post("/api/v1/quotes", json={"media_id": media_id})

    assert answer.status_code == 200
    assert answer.json()["total"] == "1.00"
    assert (await member.http.get("/api/v1/jobs")).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"media_id": NOBODYS}, 404),
        ({"media_id": "x"}, 422),
        ({"engine": "nobodys"}, 422),
        ({"language": "xx-klingon"}, 422),
        ({"mode": "choir"}, 422),
        ({"min_speakers": 3, "max_speakers": 2}, 422),
        ({"min_speakers": "2"}, 422),  # text is no number
        ({"clips": {"count": 3}}, 422),  # a transcription has none
        ({"kind": "clips", "clips": {"count": 0}}, 422),
        ({"priority": "critical"}, 403),
        ({"language": "de", "features": {"speech_understanding": {"auto_chapters": True}}}, 422),
        ({"features": {"speech_understanding": {"mind_reading": True}}}, 422),
        ({"features": True}, 422),
        ({"colour": "red"}, 422),
    ],
)
async def test_job_is_refused_when_a_value_is_wrong(
    member: Member, media_id: str, change: dict[str, Any], status: int
) -> None:
    answer = await member.http.post("/api/v1/jobs", json={"media_id": media_id, **change})

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await member.http.get("/api/v1/jobs")).json()["items"] == []


async def test_job_is_refused_with_figures_when_credits_do_not_cover_it(member: Member, media_id: str) -> None:
    await db.execute("UPDATE credit_accounts SET balance = 0.5 WHERE user_id = $1", member.id)

    answer = await member.http.post("/api/v1/jobs", json={"media_id": media_id})

    assert answer.status_code == 402
    assert (answer.json()["required"], answer.json()["available"]) == ("1.00", "0.50")


async def test_job_is_refused_when_the_recording_is_a_strangers(outsider: Member, media_id: str) -> None:
    answer = await outsider.http.post("/api/v1/jobs", json={"media_id": media_id})

    assert answer.status_code == 404


async def test_one_job_is_made_when_the_same_key_comes_many_times(member: Member, media_id: str) -> None:
    body, headers = {"media_id": media_id, "engine": "stub"}, {"Idempotency-Key": "one"}

    answers = await asyncio.gather(*(member.http.post("/api/v1/jobs", json=body, headers=headers) for _ in range(10)))

    assert {answer.status_code for answer in answers} == {202}
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len((await member.http.get("/api/v1/jobs")).json()["items"]) == 1


async def test_key_is_refused_when_the_body_is_another(member: Member, media_id: str) -> None:
    headers = {"Idempotency-Key": "one"}
    await member.http.post("/api/v1/jobs", json={"media_id": media_id, "engine": "stub"}, headers=headers)

    answer = await member.http.post("/api/v1/jobs", json={"media_id": media_id}, headers=headers)

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


async def test_jobs_come_in_pages_newest_first_when_listed(member: Member, media_id: str) -> None:
    made = [
        (await member.http.post("/api/v1/jobs", json={"media_id": media_id, "engine": "stub"})).json()["id"]
        for _ in range(5)
    ]

    first = (await member.http.get("/api/v1/jobs", params={"limit": 3})).json()
    second = (await member.http.get("/api/v1/jobs", params={"limit": 3, "cursor": first["next_cursor"]})).json()

    assert [job["id"] for job in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=pending", 1),
        ("status=failed", 0),
        ("kind=transcription", 1),
        ("kind=clips", 0),
        ("q=LECT", 1),
        ("q=x", 0),
    ],
)
async def test_jobs_are_filtered_when_asked(member: Member, job: Job, query: str, found: int) -> None:
    answer = await member.http.get(f"/api/v1/jobs?{query}")

    assert len(answer.json()["items"]) == found


@pytest.mark.parametrize("query", ["status=done", "kind=song", "cursor=zzz", "limit=0", "q=%00"])
async def test_list_is_refused_when_a_filter_is_wrong(member: Member, query: str) -> None:
    answer = await member.http.get(f"/api/v1/jobs?{query}")

    assert answer.status_code == 422


async def test_job_is_returned_when_asked_for(member: Member, job: Job) -> None:
    answer = await member.http.get(f"/api/v1/jobs/{job['id']}")

    assert answer.json()["id"] == job["id"]


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/retry"),
        ("GET", "/transcript"),
        ("GET", "/transcript/versions"),
        ("GET", "/download"),
        ("GET", "/events"),
    ],
)
async def test_job_is_missing_when_it_is_a_strangers_or_nobodys(
    outsider: Member, job: Job, method: str, rest: str
) -> None:
    foreign = await outsider.http.request(method, f"/api/v1/jobs/{job['id']}{rest}")
    missing = await outsider.http.request(method, f"/api/v1/jobs/{NOBODYS}{rest}")

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.json() == missing.json()


async def test_cancel_frees_the_credits_when_the_job_has_not_begun(member: Member, job: Job) -> None:
    answer = await member.http.delete(f"/api/v1/jobs/{job['id']}")

    assert answer.json()["status"] == "cancelled"
    balance = (await member.http.get("/api/v1/credits")).json()
    assert balance == {"balance": "600.00", "held": "0.00", "available": "600.00"}


async def test_retry_runs_again_when_the_job_was_cancelled(member: Member, job: Job) -> None:
    await member.http.delete(f"/api/v1/jobs/{job['id']}")

    answer = await member.http.post(f"/api/v1/jobs/{job['id']}/retry")

    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"


async def test_retry_conflicts_when_the_job_has_not_ended(member: Member, job: Job) -> None:
    answer = await member.http.post(f"/api/v1/jobs/{job['id']}/retry")

    assert answer.status_code == 409


async def test_ledger_shows_grant_and_hold_when_a_job_was_made(member: Member, job: Job) -> None:
    page = (await member.http.get("/api/v1/credits/transactions")).json()

    assert [(entry["kind"], entry["job_id"]) for entry in page["items"]] == [("hold", job["id"]), ("grant", None)]
    assert page["items"][0]["held_delta"] == "1.00"
