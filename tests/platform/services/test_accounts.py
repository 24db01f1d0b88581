"""Accounts."""

from __future__ import annotations

import asyncio

import pytest
from reelscribe.platform import db
from reelscribe.platform.errors import BadInput, Conflict, NotFound, Unauthenticated
from reelscribe.platform.security import passwords
from reelscribe.platform.services import accounts

PASSWORD = "correct horse battery"


async def _count(table: str) -> int:
    row = await db.fetch_one(f"SELECT count(*) AS n FROM {table}")
    assert row is not None
    return int(row["n"])


async def test_account_comes_with_credits_when_made(database: None) -> None:
    account = await accounts.create(" Ann@Example.test ", PASSWORD)

    assert (account.email, account.role) == ("ann@example.test", "user")
    row = await db.fetch_one("SELECT balance FROM credit_accounts WHERE user_id = $1", account.id)
    assert row is not None
    assert row["balance"] == 600


async def test_one_account_is_made_when_two_register_at_once(database: None) -> None:
    results = await asyncio.gather(
        *(accounts.create("ann@example.test", PASSWORD) for _ in range(4)), return_exceptions=True
    )

    assert sorted(type(result).__name__ for result in results) == ["Account", *["Conflict"] * 3]
    assert (await _count("users"), await _count("credit_entries")) == (1, 1)


async def test_nothing_is_kept_when_the_address_is_taken(database: None) -> None:
    await accounts.create("ann@example.test", PASSWORD)

    with pytest.raises(Conflict):
        await accounts.create("ANN@example.test", PASSWORD)

    assert await _count("credit_entries") == 1


@pytest.mark.parametrize("password", ["short", "ann@example.test", "x" * 2000])
async def test_account_is_refused_when_the_password_is_weak(database: None, password: str) -> None:
    with pytest.raises(BadInput):
        await accounts.create("ann@example.test", password)

    assert await _count("users") == 0


async def test_sign_in_works_when_the_password_is_right(database: None) -> None:
    made = await accounts.create("ann@example.test", PASSWORD)

    assert await accounts.authenticate("ANN@example.test", PASSWORD) == made


@pytest.mark.parametrize("email", ["ann@example.test", "bob@example.test", "no address", "a\x00@b.c"])
async def test_sign_in_is_refused_when_password_or_address_is_wrong(database: None, email: str) -> None:
    await accounts.create("ann@example.test", PASSWORD)

    with pytest.raises(Unauthenticated):
        await accounts.authenticate(email, "another password")


async def test_sign_in_is_refused_when_the_account_has_no_password(database: None) -> None:
    await db.execute("INSERT INTO users (email) VALUES ('ann@example.test')")

    with pytest.raises(Unauthenticated):
        await accounts.authenticate("ann@example.test", "decoy")


async def test_hash_is_made_anew_when_it_is_outdated(database: None) -> None:
    account = await accounts.create("ann@example.test", PASSWORD)
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await db.execute("UPDATE users SET password_hash = $1 WHERE id = $2", weak, account.id)

    await accounts.authenticate("ann@example.test", PASSWORD)

    row = await db.fetch_one("SELECT password_hash FROM users WHERE id = $1", account.id)
    assert row is not None
    assert not passwords.is_outdated(row["password_hash"])


async def test_account_is_missing_when_nobody_has_the_address(database: None) -> None:
    with pytest.raises(NotFound):
        await accounts.find("ann@example.test")


async def test_new_password_counts_when_it_was_set(database: None) -> None:
    account = await accounts.create("ann@example.test", PASSWORD)

    await accounts.set_password(account, "another long password")

    assert await accounts.authenticate(account.email, "another long password") == account
