"""Sign-ins of programs and browsers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import Unauthenticated
from reelscribe.platform.services import api_keys, credentials, sessions
from reelscribe.platform.services.sessions import Device, Tokens

DEVICE = Device(user_agent="test", address="192.0.2.1")


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    yield
    sessions.known.drop(lambda _: True)


async def test_identity_says_who_it_is_when_the_token_is_fresh(user: Any) -> None:
    tokens = await sessions.open_tokens(user.id, DEVICE)

    identity = await credentials.identify(tokens.access_token)

    assert (identity.user_id, identity.email, identity.role) == (user.id, user.email, "user")
    assert identity.scopes == {"read", "write", "account"}


async def test_identity_may_administer_when_an_admin_signs_in(admin: Any) -> None:
    tokens = await sessions.open_tokens(admin.id, DEVICE)

    assert "admin" in (await credentials.identify(tokens.access_token)).scopes


async def test_secrets_are_not_in_the_database_when_signed_in(user: Any) -> None:
    tokens = await sessions.open_tokens(user.id, DEVICE)
    cookie = await sessions.open_page(user.id, DEVICE)

    rows = await db.fetch("SELECT s::text AS row FROM sessions s")

    assert len(rows) == 2
    assert not any(secret in row["row"] for row in rows for secret in (tokens.refresh_token, cookie))


async def test_one_refresh_wins_when_two_come_at_once(user: Any) -> None:
    tokens = await sessions.open_tokens(user.id, DEVICE)

    results = await asyncio.gather(
        *(sessions.refresh(tokens.refresh_token, DEVICE) for _ in range(3)), return_exceptions=True
    )

    assert sum(isinstance(result, Tokens) for result in results) == 1
    assert sum(isinstance(result, Unauthenticated) for result in results) == 2


async def test_refresh_leaves_other_sign_ins_alone_when_a_spent_token_comes(user: Any) -> None:
    stolen, other = await sessions.open_tokens(user.id, DEVICE), await sessions.open_tokens(user.id, DEVICE)
    await sessions.refresh(stolen.refresh_token, DEVICE)

    with pytest.raises(Unauthenticated):
        await sessions.refresh(stolen.refresh_token, DEVICE)

    assert await sessions.refresh(other.refresh_token, DEVICE)


@pytest.mark.parametrize("change", ["expires_at = now()", "revoked_at = now()"])
async def test_refresh_is_refused_when_the_sign_in_is_over(user: Any, change: str) -> None:
    tokens = await sessions.open_tokens(user.id, DEVICE)
    await db.execute(f"UPDATE sessions SET {change}")

    with pytest.raises(Unauthenticated):
        await sessions.refresh(tokens.refresh_token, DEVICE)


async def test_everything_is_refused_when_the_user_is_disabled(user: Any) -> None:
    tokens, cookie = await sessions.open_tokens(user.id, DEVICE), await sessions.open_page(user.id, DEVICE)
    await db.execute("UPDATE users SET disabled_at = now()")

    for attempt in (
        credentials.identify(tokens.access_token),
        sessions.refresh(tokens.refresh_token, DEVICE),
        sessions.of_page(cookie),
    ):
        with pytest.raises(Unauthenticated):
            await attempt


async def test_page_is_prolonged_at_most_hourly_when_used(user: Any) -> None:
    cookie = await sessions.open_page(user.id, DEVICE)
    fresh = await sessions.of_page(cookie)
    await db.execute("UPDATE sessions SET last_seen_at = now() - interval '61 minutes', expires_at = now() + '1 day'")

    later = await sessions.of_page(cookie)

    assert (fresh.prolonged, later.prolonged) == (False, True)
    row = await db.fetch_one("SELECT expires_at > now() + interval '29 days' AS slid FROM sessions")
    assert row is not None
    assert row["slid"]


async def test_page_ends_when_closed(user: Any) -> None:
    cookie = await sessions.open_page(user.id, DEVICE)

    await sessions.close_page(cookie)
    await sessions.close_page("unknown")

    with pytest.raises(Unauthenticated):
        await sessions.of_page(cookie)


async def test_refresh_token_is_no_cookie_when_tried(user: Any) -> None:
    tokens = await sessions.open_tokens(user.id, DEVICE)

    with pytest.raises(Unauthenticated):
        await sessions.of_page(tokens.refresh_token)


async def test_all_sign_ins_end_when_all_are_closed(user: Any) -> None:
    first, second = await sessions.open_tokens(user.id, DEVICE), await sessions.open_tokens(user.id, DEVICE)
    await credentials.identify(first.access_token)

    await sessions.close_all(user.id)

    for tokens in (first, second):
        with pytest.raises(Unauthenticated):
            await credentials.identify(tokens.access_token)


async def test_key_is_refused_when_expired(user: Any) -> None:
    tokens = await sessions.open_tokens(user.id, DEVICE)
    key = await api_keys.create(await credentials.identify(tokens.access_token), "a", ["read"], expires_at=None)
    await db.execute("UPDATE api_keys SET expires_at = now()")

    with pytest.raises(Unauthenticated):
        await credentials.identify(key.key)


async def test_key_loses_admin_when_its_owner_does(admin: Any) -> None:
    tokens = await sessions.open_tokens(admin.id, DEVICE)
    maker = await credentials.identify(tokens.access_token)
    key = await api_keys.create(maker, "a", ["read", "admin"], expires_at=None)
    await db.execute("UPDATE users SET role = 'user'")

    assert (await credentials.identify(key.key)).scopes == {"read"}


async def test_database_is_not_asked_again_when_the_answer_is_fresh(user: Any) -> None:
    tokens = await sessions.open_tokens(user.id, DEVICE)
    await credentials.identify(tokens.access_token)
    await db.execute("DELETE FROM sessions")  # behind our back

    assert (await credentials.identify(tokens.access_token)).user_id == user.id
