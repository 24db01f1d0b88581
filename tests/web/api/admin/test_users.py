"""Accounts over HTTP: found, changed, given credits."""

from __future__ import annotations

import httpx

from tests.web.conftest import Member


async def test_users_are_listed_with_credits_and_jobs(boss: Member, member: Member) -> None:
    found = (await boss.http.get(f"/api/v1/admin/users?q={member.email}")).json()["items"]

    assert [(each["id"], each["role"], each["jobs"]) for each in found] == [(str(member.id), "user", 0)]
    assert set(found[0]["credits"]) == {"balance", "held", "available"}


async def test_user_is_out_at_once_when_disabled(boss: Member, member: Member) -> None:
    await member.http.get("/api/v1/auth/me")  # now it is in the memory of recent answers

    answer = await boss.http.patch(f"/api/v1/admin/users/{member.id}", json={"disabled": True, "reason": "left"})

    assert answer.json()["disabled_at"] is not None
    assert (await member.http.get("/api/v1/auth/me")).status_code == 401


async def test_limit_goes_back_to_the_usual_one_when_null(boss: Member, member: Member) -> None:
    path = f"/api/v1/admin/users/{member.id}"
    first = await boss.http.patch(path, json={"max_jobs_at_once": 3, "max_priority": "low"})

    second = await boss.http.patch(path, json={"max_jobs_at_once": None})

    assert (first.json()["max_jobs_at_once"], first.json()["max_priority"]) == (3, "low")
    assert (second.json()["max_jobs_at_once"], second.json()["max_priority"]) == (None, "low")


async def test_admin_is_refused_when_disabling_themselves(boss: Member) -> None:
    answer = await boss.http.patch(f"/api/v1/admin/users/{boss.id}", json={"role": "user"})

    assert answer.status_code == 409
    assert (await boss.http.get("/api/v1/admin/users")).status_code == 200


async def test_credits_are_given_once_when_sent_twice_with_one_key(boss: Member, member: Member) -> None:
    before = (await member.http.get("/api/v1/credits")).json()
    body, headers = {"amount": "2.50", "reason": "sorry"}, {"Idempotency-Key": "g1"}

    answers = [
        await boss.http.post(f"/api/v1/admin/users/{member.id}/credits", json=body, headers=headers) for _ in range(2)
    ]

    after = (await member.http.get("/api/v1/credits")).json()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert float(after["balance"]) - float(before["balance"]) == 2.5
    assert (await member.http.get("/api/v1/credits/transactions")).json()["items"][0]["note"] == "sorry"


async def test_credits_are_given_twice_without_a_key(boss: Member, member: Member) -> None:
    path = f"/api/v1/admin/users/{member.id}/credits"
    first: httpx.Response = await boss.http.post(path, json={"amount": "1"})
    second = await boss.http.post(path, json={"amount": "1"})

    assert float(second.json()["credits"]["balance"]) - float(first.json()["credits"]["balance"]) == 1
