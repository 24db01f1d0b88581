"""Accounts: people, and how they sign in with a password."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from .. import db
from ..domain import emails
from ..domain import passwords as password_rules
from ..domain.roles import Role
from ..errors import BadInput, Conflict, Forbidden, NotFound, Unauthenticated
from ..security import passwords
from ..settings import current
from . import credits, rate_limits


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person as they see themselves."""

    id: UUID
    email: str
    role: str
    max_priority: str
    verified_at: datetime | None
    created_at: datetime


_COLUMNS = "id, email, role, max_priority, verified_at, created_at"


async def register(email: str, password: str, *, address: str) -> Account:
    """Make an account for somebody who comes by themselves from ``address``, with the sign-up grant.

    Raises:
        BadInput: the e-mail address or the password cannot be used.
        Conflict: the address has an account.
        Forbidden: this server does not take sign-ups.
        RateLimited: too many from there.
    """
    await rate_limits.take(rate_limits.REGISTER_BY_ADDRESS, address)
    if not current().allow_signup:
        raise Forbidden("This server does not take sign-ups.", hint="Ask its administrator for an account.")
    return await create(email, password)


async def create(email: str, password: str, *, role: Role = "user") -> Account:
    """Make an account, with the sign-up grant; ``BadInput`` and ``Conflict`` as in ``register``."""
    address = emails.normalise(email)
    password_rules.check(password, email=address)
    hashed = await passwords.hash_password(password)
    try:
        async with db.transaction():
            row = await db.fetch_one(_INSERT, address, hashed, role)
            account = msgspec.convert(dict(row or {}), Account)
            await credits.open_account(account.id)
    except asyncpg.UniqueViolationError as exc:
        raise Conflict("This e-mail address has an account.", hint="Sign in instead.") from exc
    return account


_INSERT = f"""
INSERT INTO users (email, password_hash, role) VALUES ($1, $2, $3) RETURNING {_COLUMNS}
"""  # noqa: S608 - only our own column names


async def sign_in(email: str, password: str, *, address: str) -> Account:
    """Return the account of somebody who tries to sign in from ``address``.

    Raises:
        Unauthenticated: e-mail address or password is wrong, or the account is disabled.
        RateLimited: too many tries from there, or for this account.
    """
    await rate_limits.take(rate_limits.LOGIN_BY_ADDRESS, address)
    await rate_limits.take(rate_limits.LOGIN_BY_ACCOUNT, email.strip().lower())
    return await authenticate(email, password)


async def authenticate(email: str, password: str) -> Account:
    """Return the account with this address and password; an unknown address takes as long.

    Raises:
        Unauthenticated: one of the two is wrong, or the account is disabled.
    """
    row = await _with_password(email)
    hashed = "" if row is None else row["password_hash"]
    matched = await passwords.matches(password, hashed)
    if row is None or not matched or row["disabled_at"] is not None:
        raise Unauthenticated("E-mail address or password is wrong.", hint="Check both and try again.")
    if passwords.is_outdated(hashed):
        await _keep_password(row["id"], password)
    return _account(row)


async def get(user_id: UUID) -> Account:
    """Return an account.

    Raises:
        NotFound: there is none.
    """
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM users WHERE id = $1", user_id)  # noqa: S608 - see _INSERT
    if row is None:
        raise NotFound("There is no such account.")
    return _account(row)


async def find(email: str) -> Account:
    """Return the account with this address; ``NotFound`` if there is none."""
    query = f"SELECT {_COLUMNS} FROM users WHERE email = $1"  # noqa: S608 - see _INSERT
    row = await db.fetch_one(query, emails.normalise(email))
    if row is None:
        raise NotFound(f"There is no account with the address {email}.")
    return _account(row)


async def set_password(account: Account, password: str) -> None:
    """Give an account a new password; ``BadInput`` where it is too weak."""
    password_rules.check(password, email=account.email)
    await _keep_password(account.id, password)


async def _keep_password(user_id: UUID, password: str) -> None:
    hashed = await passwords.hash_password(password)
    await db.execute("UPDATE users SET password_hash = $2 WHERE id = $1", user_id, hashed)


async def _with_password(email: str) -> db.Row | None:
    try:
        address = emails.normalise(email)
    except BadInput:  # then there is no such account, and the caller must take as long to say so
        return None
    query = f"SELECT {_COLUMNS}, password_hash, disabled_at FROM users WHERE email = $1"  # noqa: S608 - see _INSERT
    return await db.fetch_one(query, address)


def _account(row: db.Row) -> Account:
    return msgspec.convert(dict(row), Account)
