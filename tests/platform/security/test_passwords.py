"""Passwords."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from reelscribe.platform.security import passwords


async def test_password_matches_when_it_made_the_hash() -> None:
    hashed = await passwords.hash_password("correct horse")

    assert hashed.startswith("$argon2id$")
    assert await passwords.matches("correct horse", hashed)
    assert not passwords.is_outdated(hashed)


@pytest.mark.parametrize("hashed", ["", "not a hash", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"])
async def test_password_never_matches_when_there_is_no_real_hash(hashed: str) -> None:
    assert not await passwords.matches("decoy", hashed)


def test_hash_is_outdated_when_made_with_less_work() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")

    assert passwords.is_outdated(weak)
