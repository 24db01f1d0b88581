"""Accounts and sign-ins over HTTP."""

from __future__ import annotations

import httpx
import pytest
from reelscribe.platform import db

from tests.web.conftest import PASSWORD, Member

WHO = {"email": "ann@example.test", "password": PASSWORD}


async def _signed_in(http: httpx.AsyncClient) -> dict[str, str]:
    await http.post("/api/v1/auth/register", json=WHO)
    answer = await http.post("/api/v1/auth/login", json=WHO)
    return answer.json()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_register_makes_an_account_with_credits_when_the_address_is_new(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/auth/register", json={**WHO, "email": " Ann@Example.test "})

    assert answer.status_code == 201
    assert answer.json()["email"] == "ann@example.test"
    row = await db.fetch_one("SELECT balance FROM credit_accounts WHERE user_id = $1", answer.json()["id"])
    assert row is not None
    assert row["balance"] == 600


async def test_register_conflicts_when_the_address_is_taken(http: httpx.AsyncClient) -> None:
    await http.post("/api/v1/auth/register", json=WHO)

    answer = await http.post("/api/v1/auth/register", json={**WHO, "email": "ANN@example.test"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"


async def test_register_names_every_mistake_when_the_body_is_wrong(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/auth/register", json={"email": 7, "password": "short", "admin": True})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {error["field"] for error in answer.json()["errors"]} == {"email", "password", "admin"}


@pytest.mark.parametrize("email", ["nobody", "a@@b.c", "a b@c.d", "@c.d", "a@", "a\x00@b.c"])
async def test_register_refuses_when_the_address_is_none(http: httpx.AsyncClient, email: str) -> None:
    answer = await http.post("/api/v1/auth/register", json={**WHO, "email": email})

    assert answer.status_code == 422


async def test_login_gives_tokens_that_work_when_the_password_is_right(http: httpx.AsyncClient) -> None:
    tokens = await _signed_in(http)

    answer = await http.get("/api/v1/auth/me", headers=_bearer(tokens["access_token"]))

    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 1800)
    assert answer.json()["email"] == WHO["email"]


@pytest.mark.parametrize("who", [{**WHO, "password": "wrong wrong"}, {**WHO, "email": "bob@example.test"}])
async def test_login_says_the_same_when_password_or_address_is_wrong(
    http: httpx.AsyncClient, who: dict[str, str]
) -> None:
    await http.post("/api/v1/auth/register", json=WHO)

    answer = await http.post("/api/v1/auth/login", json=who)

    assert answer.status_code == 401
    assert answer.json()["detail"] == "E-mail address or password is wrong."


async def test_login_asks_to_wait_when_tried_too_often(http: httpx.AsyncClient) -> None:
    answers = [await http.post("/api/v1/auth/login", json=WHO) for _ in range(12)]

    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) == answers[-1].json()["retry_after"] > 0


async def test_login_is_refused_when_the_account_is_disabled(http: httpx.AsyncClient, member: Member) -> None:
    await db.execute("UPDATE users SET disabled_at = now() WHERE id = $1", member.id)

    answer = await http.post("/api/v1/auth/login", json={"email": member.email, "password": PASSWORD})

    assert answer.status_code == 401


async def test_refresh_gives_new_tokens_once_when_the_token_is_fresh(http: httpx.AsyncClient) -> None:
    first = await _signed_in(http)

    second = await http.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})

    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    me = await http.get("/api/v1/auth/me", headers=_bearer(second.json()["access_token"]))
    assert me.status_code == 200


async def test_refresh_ends_the_sign_in_when_a_spent_token_comes_again(http: httpx.AsyncClient) -> None:
    first = await _signed_in(http)
    second = (await http.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()

    stolen = await http.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})

    assert stolen.status_code == 401
    rest = await http.post("/api/v1/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert rest.status_code == 401
    me = await http.get("/api/v1/auth/me", headers=_bearer(second["access_token"]))
    assert me.status_code == 401


async def test_logout_ends_access_and_refresh_when_signed_in(http: httpx.AsyncClient) -> None:
    tokens = await _signed_in(http)

    answer = await http.post("/api/v1/auth/logout", headers=_bearer(tokens["access_token"]))

    assert answer.status_code == 204
    me = await http.get("/api/v1/auth/me", headers=_bearer(tokens["access_token"]))
    assert me.status_code == 401
    again = await http.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert again.status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x.y.z", "Bearer rs_unknown", "Basic YTpi", "Bearer é"])
async def test_me_is_refused_when_the_credential_is_not_ours(http: httpx.AsyncClient, header: str) -> None:
    answer = await http.get("/api/v1/auth/me", headers={"Authorization": header.encode()})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
