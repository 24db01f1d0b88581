"""Passwords as argon2id hashes, made and checked away from the event loop."""

from __future__ import annotations

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# argon2-cffi's defaults: RFC 9106, second recommended option (64 MiB, 3 passes, 4 lanes).
_HASHER = PasswordHasher()

# Each hash takes 64 MiB: a burst of sign-ins waits here instead of filling the memory.
_SLOTS = asyncio.Semaphore(4)


async def hash_password(password: str) -> str:
    """Return the argon2id hash, with its parameters and salt."""
    async with _SLOTS:
        return await asyncio.to_thread(_HASHER.hash, password)


async def matches(password: str, hashed: str) -> bool:
    """Return whether ``password`` made ``hashed``; an empty hash takes as long and never matches."""
    async with _SLOTS:
        return await asyncio.to_thread(_matches, password, hashed)


def is_outdated(hashed: str) -> bool:
    """Return whether ``hashed`` was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(hashed)


def _matches(password: str, hashed: str) -> bool:
    try:
        return _HASHER.verify(hashed or _decoy(), password) and bool(hashed)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    return _HASHER.hash("decoy")
