"""API keys: for programs that cannot sign in; shown once, kept as SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from .. import db
from ..domain.roles import is_staff
from ..errors import BadInput, Forbidden, NotFound, Unauthenticated
from ..security import tokens
from . import sessions
from .sessions import Identity

PREFIX = "rs_"
_READABLE = 11  # characters of a key that are kept readable: the prefix and eight more
_MOST_KEYS = 100


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as its owner sees it in the list."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class NewApiKey(ApiKey, frozen=True, kw_only=True):
    """A key just made; ``key`` is never shown again."""

    key: str


_COLUMNS = "id, name, prefix, scopes, created_at, last_used_at, expires_at"


async def create(identity: Identity, name: str, scopes: Sequence[str], *, expires_at: datetime | None) -> NewApiKey:
    """Make a key that may do what ``scopes`` say.

    Raises:
        BadInput: the user has a hundred keys already.
        Forbidden: the maker does not hold one of the scopes.
    """
    beyond = sorted(set(scopes) - identity.scopes)
    if beyond:
        raise Forbidden(f"You cannot give what you do not have: {', '.join(beyond)}")
    if len(await list_all(identity)) >= _MOST_KEYS:
        raise BadInput(f"You have {_MOST_KEYS} keys.", hint="Delete those that are not in use.")
    secret = tokens.new_secret(PREFIX)
    row = await db.fetch_one(
        _INSERT, identity.user_id, name, secret[:_READABLE], tokens.digest(secret), sorted(set(scopes)), expires_at
    )
    return msgspec.convert({**dict(row or {}), "key": secret}, NewApiKey)


_INSERT = f"""
INSERT INTO api_keys (user_id, name, prefix, key_hash, scopes, expires_at)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING {_COLUMNS}
"""  # noqa: S608 - only our own column names


async def list_all(identity: Identity) -> list[ApiKey]:
    """Return the user's keys, newest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL"  # noqa: S608 - see _INSERT
        " ORDER BY created_at DESC, id",
        identity.user_id,
    )
    return [msgspec.convert(dict(row), ApiKey) for row in rows]


async def delete(identity: Identity, key_id: UUID) -> None:
    """Make a key useless.

    Raises:
        NotFound: the user has no such key.
    """
    count = await db.execute(
        "UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL",
        key_id,
        identity.user_id,
    )
    if not count:
        raise NotFound("You have no such key.")
    sessions.known.drop(lambda known: known.user_id == identity.user_id)


async def of_key(key: str) -> Identity:
    """Return who ``key`` belongs to.

    Raises:
        Unauthenticated: unknown, expired or deleted, or the user is disabled.
    """
    row = await db.fetch_one(_USE, tokens.digest(key))
    if row is None:
        raise Unauthenticated("This API key is not valid.")
    scopes = frozenset(row["scopes"]) - (set() if is_staff(row["role"]) else {sessions.ADMIN})
    return Identity(
        user_id=row["user_id"],
        email=row["email"],
        role=row["role"],
        scopes=scopes,
        max_priority=sessions.best_priority(row["role"], plan=row["max_priority"]),
    )


_USE = """
UPDATE api_keys SET last_used_at = now()
FROM users
WHERE users.id = api_keys.user_id AND key_hash = $1 AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > now()) AND disabled_at IS NULL
RETURNING api_keys.user_id, scopes, email, role, max_priority
"""
