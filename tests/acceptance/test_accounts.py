"""Registration, sign-in, refresh, sign-out, API keys."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.acceptance.conftest import API, PASSWORD, Connect, Join, Json, problem


@pytest.fixture
def credentials(unique: str) -> Json:
    return {"email": f"{unique}@example.test", "password": PASSWORD}


@pytest.fixture
def tokens(anyone: httpx.Client, credentials: Json) -> Json:
    assert anyone.post(f"{API}/auth/register", json=credentials).status_code == 201
    found: Json = anyone.post(f"{API}/auth/login", json=credentials).json()
    return found


def test_login_gives_tokens_that_me_accepts_when_registered(connect: Connect, tokens: Json, credentials: Json) -> None:
    me = connect(tokens["access_token"]).get(f"{API}/auth/me").json()

    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 1800)
    assert (me["email"], me["role"]) == (credentials["email"], "user")
    assert "password" not in str(me)


def test_register_refuses_when_the_address_has_an_account(
    anyone: httpx.Client, tokens: Json, credentials: Json
) -> None:
    again = anyone.post(f"{API}/auth/register", json={**credentials, "email": credentials["email"].upper()})

    problem(again, 409)


@pytest.mark.parametrize(
    "change",
    [
        {"email": "no address"},
        {"email": "two@@example.test"},
        {"email": "line\nbreak@example.test"},
        {"email": f"{'x' * 300}@example.test"},
        {"password": "short"},
        {"password": None},
        {"role": "admin"},
    ],
)
def test_register_names_the_field_when_it_is_bad(anyone: httpx.Client, credentials: Json, change: Json) -> None:
    found = problem(anyone.post(f"{API}/auth/register", json={**credentials, **change}), 422)

    named = found.get("field") or found["errors"][0]["field"]
    assert named in change


def test_login_says_the_same_when_the_account_or_the_password_is_wrong(
    anyone: httpx.Client, tokens: Json, credentials: Json
) -> None:
    wrong = anyone.post(f"{API}/auth/login", json={**credentials, "password": "wrong horse battery"})
    unknown = anyone.post(f"{API}/auth/login", json={**credentials, "email": "nobody@example.test"})

    assert problem(wrong, 401) == problem(unknown, 401)


def test_login_answers_429_when_a_password_is_guessed(anyone: httpx.Client, tokens: Json, credentials: Json) -> None:
    guesses = [
        anyone.post(f"{API}/auth/login", json={**credentials, "password": f"guess number {number}"})
        for number in range(15)
    ]

    problem(guesses[-1], 429, "rate_limited")
    assert int(guesses[-1].headers["retry-after"]) > 0


def test_answers_with_secrets_are_not_stored_by_caches(
    anyone: httpx.Client, owner: httpx.Client, tokens: Json, credentials: Json
) -> None:
    login = anyone.post(f"{API}/auth/login", json=credentials)
    key = owner.post(f"{API}/keys", json={"name": "cached?"})

    # RFC 6749 section 5.1 demands it of every answer that has a token.
    assert [answer.headers.get("cache-control") for answer in (login, key)] == ["no-store", "no-store"]


def test_refresh_token_works_once(anyone: httpx.Client, tokens: Json) -> None:
    first = anyone.post(f"{API}/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    second = anyone.post(f"{API}/auth/refresh", json={"refresh_token": tokens["refresh_token"]})

    assert first.json()["refresh_token"] != tokens["refresh_token"]
    problem(second, 401)


def test_whole_sign_in_ends_when_a_spent_refresh_token_comes_again(
    anyone: httpx.Client, connect: Connect, tokens: Json
) -> None:
    successor = anyone.post(f"{API}/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).json()

    anyone.post(f"{API}/auth/refresh", json={"refresh_token": tokens["refresh_token"]})

    problem(connect(successor["access_token"]).get(f"{API}/auth/me"), 401)
    problem(anyone.post(f"{API}/auth/refresh", json={"refresh_token": successor["refresh_token"]}), 401)


def test_logout_ends_both_tokens(anyone: httpx.Client, connect: Connect, tokens: Json) -> None:
    client = connect(tokens["access_token"])

    assert client.post(f"{API}/auth/logout").status_code == 204

    problem(client.get(f"{API}/auth/me"), 401)
    problem(anyone.post(f"{API}/auth/refresh", json={"refresh_token": tokens["refresh_token"]}), 401)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        b"Basic eDp5",
        b"Bearer",
        b"Bearer x.y.z",
        # {"alg": "none"}: unsigned
        b"Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiIwMDAwIiwiYXVkIjoicmVlbHNjcmliZS1hcGkifQ.",
        b"Bearer rs_",
        b"Bearer rs_" + b"A" * 43,
        b"Bearer \xff\xfe",
        b"Bearer " + b"x" * 9000,
    ],
)
def test_me_answers_401_when_the_credential_is_not_one(anyone: httpx.Client, sent: bytes | None) -> None:
    headers = {} if sent is None else {b"Authorization": sent}

    answer = anyone.get(f"{API}/auth/me", headers=headers)

    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_token_does_not_work_when_it_was_tampered_with(connect: Connect, tokens: Json) -> None:
    header, payload, signature = tokens["access_token"].split(".")
    forged = ".".join((header, payload, signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBB")))

    problem(connect(forged).get(f"{API}/auth/me"), 401)


def test_key_is_shown_once(owner: httpx.Client, connect: Connect) -> None:
    made = owner.post(f"{API}/keys", json={"name": "once"}).json()

    listed = owner.get(f"{API}/keys").text

    assert made["key"].startswith("rs_")
    assert made["id"] in listed
    assert made["key"] not in listed
    assert connect(made["key"]).get(f"{API}/jobs").status_code == 200


def test_key_stops_working_when_it_is_revoked(owner: httpx.Client, connect: Connect) -> None:
    made = owner.post(f"{API}/keys", json={"name": "short-lived"}).json()
    client = connect(made["key"])
    assert client.get(f"{API}/jobs").status_code == 200

    assert owner.delete(f"{API}/keys/{made['id']}").status_code == 204

    problem(client.get(f"{API}/jobs"), 401)
    problem(owner.delete(f"{API}/keys/{made['id']}"), 404)


def test_key_may_only_read_when_that_is_its_scope(owner: httpx.Client, connect: Connect) -> None:
    made = owner.post(f"{API}/keys", json={"name": "reader", "scopes": ["read"]}).json()
    client = connect(made["key"])

    assert client.get(f"{API}/jobs").status_code == 200
    found = problem(client.post(f"{API}/media", files={"file": ("a.txt", b"words")}), 403)
    assert found["required_scope"] == "write"
    problem(client.post(f"{API}/keys", json={"name": "more"}), 403)


@pytest.mark.parametrize(
    "wish",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 101},
        {"name": "nothing", "scopes": []},
        {"name": "unknown", "scopes": ["everything"]},
        {"name": "past", "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "no zone", "expires_at": "2099-01-01T00:00:00"},
        {"name": "beyond the calendar", "expires_at": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_key_is_refused_when_the_wish_is_bad(owner: httpx.Client, wish: Json) -> None:
    problem(owner.post(f"{API}/keys", json=wish), 422)


def test_key_of_an_administrator_is_refused_when_one_is_not(owner: httpx.Client) -> None:
    problem(owner.post(f"{API}/keys", json={"name": "admin", "scopes": ["admin"]}), 403)


def test_key_keeps_its_expiry(owner: httpx.Client) -> None:
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)

    made = owner.post(f"{API}/keys", json={"name": "a day", "expires_at": expires.isoformat()}).json()

    assert datetime.fromisoformat(made["expires_at"]) == expires


def test_sign_up_credits_are_given_once(join: Join) -> None:
    client = join()

    entries = client.get(f"{API}/credits/transactions").json()["items"]

    assert [(entry["kind"], entry["balance_delta"]) for entry in entries] == [("grant", "10.00")]
    assert client.get(f"{API}/credits").json() == {"balance": "10.00", "held": "0.00", "available": "10.00"}


def test_times_are_utc_and_ids_are_uuids(owner: httpx.Client, finished_job: Json) -> None:
    for path in ("auth/me", "keys", "media", "jobs", "credits/transactions"):
        for name, value in _leaves(owner.get(f"{API}/{path}").json()):
            if name.endswith("_at") and value is not None:
                assert datetime.fromisoformat(value).utcoffset() == timedelta(0), (path, name, value)
                assert value.endswith("Z"), (path, name, value)
            if name == "id" or name.endswith("_id"):
                assert value is None or len(str(value)) == 36, (path, name, value)


def _leaves(value: object, name: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [leaf for key, child in value.items() for leaf in _leaves(child, key)]
    if isinstance(value, list):
        return [leaf for child in value for leaf in _leaves(child, name)]
    return [(name, value)]


def test_register_race_makes_one_account(server: str) -> None:
    import concurrent.futures as futures

    credentials = {"email": f"{secrets.token_hex(6)}@example.test", "password": PASSWORD}

    with futures.ThreadPoolExecutor(4) as pool:
        register = lambda _: httpx.post(f"{server}{API}/auth/register", json=credentials).status_code  # noqa: E731
        statuses = sorted(pool.map(register, range(4)))

    assert statuses == [201, 409, 409, 409]
