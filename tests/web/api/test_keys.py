"""API keys over HTTP."""

from __future__ import annotations

import httpx
import pytest

from tests.web.conftest import Member


async def _make(member: Member, **body: object) -> dict:
    answer = await member.http.post("/api/v1/keys", json={"name": "script", **body})
    assert answer.status_code == 201
    return answer.json()


async def test_key_opens_the_api_when_it_was_just_made(http: httpx.AsyncClient, member: Member) -> None:
    key = await _make(member)

    answer = await http.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {key['key']}"})

    assert key["key"].startswith("rs_")
    assert answer.json()["email"] == member.email


async def test_key_is_shown_once_when_listed(member: Member) -> None:
    key = await _make(member)

    listed = (await member.http.get("/api/v1/keys")).json()["items"]

    assert [item["id"] for item in listed] == [key["id"]]
    assert "key" not in listed[0]
    assert key["key"].startswith(listed[0]["prefix"])


async def test_key_is_dead_at_once_when_deleted(http: httpx.AsyncClient, member: Member) -> None:
    key = await _make(member)
    headers = {"Authorization": f"Bearer {key['key']}"}
    await http.get("/api/v1/auth/me", headers=headers)  # now it is in the memory of recent answers

    await member.http.delete(f"/api/v1/keys/{key['id']}")

    assert (await http.get("/api/v1/auth/me", headers=headers)).status_code == 401


async def test_key_lacks_scope_when_it_may_only_read(http: httpx.AsyncClient, member: Member) -> None:
    key = await _make(member, scopes=["read"])

    answer = await http.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {key['key']}"})

    assert answer.status_code == 403
    assert answer.json()["required_scope"] == "write"


async def test_key_makes_no_key_when_it_lacks_account(http: httpx.AsyncClient, member: Member) -> None:
    key = await _make(member, scopes=["read", "write"])

    answer = await http.post("/api/v1/keys", json={"name": "more"}, headers={"Authorization": f"Bearer {key['key']}"})

    assert answer.status_code == 403


async def test_key_cannot_be_admin_when_its_maker_is_not(member: Member) -> None:
    answer = await member.http.post("/api/v1/keys", json={"name": "root", "scopes": ["admin"]})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 101},
        {"name": "a", "scopes": []},
        {"name": "a", "scopes": ["root"]},
    ]
    + [{"name": "a", "expires_at": when} for when in ("2020-01-01T00:00:00Z", "2030-01-01T00:00:00", "soon")],
)
async def test_key_is_refused_when_the_request_is_wrong(member: Member, body: dict) -> None:
    answer = await member.http.post("/api/v1/keys", json=body)

    assert answer.status_code == 422


async def test_key_is_missing_when_it_is_a_strangers(member: Member, outsider: Member) -> None:
    key = await _make(member)

    answer = await outsider.http.delete(f"/api/v1/keys/{key['id']}")

    assert answer.status_code == 404
    assert len((await member.http.get("/api/v1/keys")).json()["items"]) == 1
