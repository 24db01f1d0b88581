"""Sign-ins: access and refresh tokens of programs, cookies of browsers.

Refresh tokens rotate inside a family. Using a spent one means that it was copied: the family ends.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from .. import db
from ..domain.roles import is_staff
from ..errors import Unauthenticated
from ..security import tokens
from ..security.recent import Recent

READ, WRITE, ACCOUNT, ADMIN = "read", "write", "account", "admin"
SCOPES = frozenset({READ, WRITE, ACCOUNT, ADMIN})
REFRESH_LIFETIME = timedelta(days=30)
PAGE_LIFETIME = timedelta(days=30)
# A browser's sign-in is prolonged at most this often, so that reading pages writes little.
_PROLONG_EVERY = timedelta(hours=1)


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes a request and what they may do; ``session`` is their sign-in, None for an API key."""

    user_id: UUID
    email: str
    role: str
    scopes: frozenset[str]
    max_priority: str
    session: UUID | None = None


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a program gets when it signs in; ``expires_in`` seconds of the access token."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sign-in comes from, for the list of sessions."""

    user_agent: str = ""
    address: str = ""


class PageSession(msgspec.Struct, frozen=True, kw_only=True):
    """A browser's sign-in; ``prolonged`` when its cookie should be sent again."""

    identity: Identity
    prolonged: bool


# Answers of ``credentials.identify``; a disabled user or a deleted key is noticed within these seconds
# in other processes, at once in this one.
known: Recent[Identity] = Recent(seconds=15, size=10_000)

_OPEN = """
INSERT INTO sessions (user_id, kind, token_hash, family, user_agent, address, created_at, last_seen_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
"""


async def open_tokens(user_id: UUID, device: Device) -> Tokens:
    """Sign a program in."""
    return await _issue(user_id, uuid4(), device)


async def refresh(token: str, device: Device) -> Tokens:
    """Trade a refresh token for new tokens; each can be used once.

    Raises:
        Unauthenticated: unknown, expired or spent; a spent one ends the whole sign-in.
    """
    async with db.transaction():
        row = await db.fetch_one(_SPEND, tokens.digest(token))
        if row is not None:
            return await _issue(row["user_id"], row["family"], device)
    # Outside: the revocation must stay although the caller gets an error.
    await _end_family_of_spent(token)
    raise Unauthenticated("This refresh token is not valid any more.", hint="Sign in again.")


_SPEND = """
UPDATE sessions SET revoked_at = now()
FROM users WHERE users.id = sessions.user_id AND users.disabled_at IS NULL
  AND kind = 'refresh' AND token_hash = $1 AND revoked_at IS NULL AND expires_at > now()
RETURNING sessions.user_id, family
"""


async def close(identity: Identity) -> None:
    """End the sign-in that ``identity`` came with; its access token stops working too."""
    if identity.session is not None:
        await _end(identity.session)


async def is_open(identity: Identity) -> bool:
    """Say whether the sign-in that ``identity`` came with goes on; that of an API key is not known here."""
    if identity.session is None:
        return True
    return await db.fetch_one(_LIVING, identity.user_id, identity.session) is not None


async def close_page(token: str) -> None:
    """End a browser's sign-in; an unknown one is no error."""
    row = await db.fetch_one("SELECT family FROM sessions WHERE token_hash = $1", tokens.digest(token))
    if row is not None:
        await _end(row["family"])


async def close_all(user_id: UUID) -> None:
    """End every sign-in of a user."""
    await db.execute("UPDATE sessions SET revoked_at = now() WHERE user_id = $1 AND revoked_at IS NULL", user_id)
    known.drop(lambda identity: identity.user_id == user_id)


async def of_access_token(claims: tokens.Claims) -> Identity:
    """Return who an access token belongs to.

    Raises:
        Unauthenticated: the sign-in has ended, or the user is disabled.
    """
    row = await db.fetch_one(_LIVING, claims.sub, claims.sid)
    if row is None:
        raise Unauthenticated
    return _identity(row, claims.sid)


_LIVING = """
SELECT users.id, email, role, max_priority FROM users
WHERE users.id = $1 AND disabled_at IS NULL
  AND EXISTS (SELECT 1 FROM sessions WHERE family = $2 AND user_id = users.id AND revoked_at IS NULL)
"""


async def open_page(user_id: UUID, device: Device) -> str:
    """Sign a browser in; returns the value of its cookie."""
    secret = tokens.new_secret()
    await _insert(user_id, "page", secret, uuid4(), device, PAGE_LIFETIME)
    return secret


async def of_page(token: str) -> PageSession:
    """Return who a browser's cookie belongs to, and prolong the sign-in.

    Raises:
        Unauthenticated: unknown, expired or ended, or the user is disabled.
    """
    row = await db.fetch_one(_PAGE, tokens.digest(token))
    if row is None:
        raise Unauthenticated
    prolonged = datetime.now(UTC) - row["last_seen_at"] > _PROLONG_EVERY
    if prolonged:
        await db.execute(_PROLONG, row["session_id"], PAGE_LIFETIME)
    return PageSession(identity=_identity(row, row["family"]), prolonged=prolonged)


_PAGE = """
SELECT users.id, email, role, max_priority, sessions.id AS session_id, family, last_seen_at
FROM sessions JOIN users ON users.id = sessions.user_id
WHERE kind = 'page' AND token_hash = $1 AND revoked_at IS NULL AND expires_at > now() AND disabled_at IS NULL
"""
_PROLONG = "UPDATE sessions SET last_seen_at = now(), expires_at = now() + $2 WHERE id = $1"


async def _issue(user_id: UUID, family: UUID, device: Device) -> Tokens:
    secret = tokens.new_secret()
    await _insert(user_id, "refresh", secret, family, device, REFRESH_LIFETIME)
    return Tokens(
        access_token=tokens.sign_access(user_id, family, now=datetime.now(UTC)),
        refresh_token=secret,
        token_type="Bearer",  # noqa: S106 - the name of the scheme, not a secret
        expires_in=int(tokens.ACCESS_LIFETIME.total_seconds()),
    )


async def _insert(user_id: UUID, kind: str, secret: str, family: UUID, device: Device, lifetime: timedelta) -> None:
    now = datetime.now(UTC)
    agent, address = device.user_agent[:300], device.address[:64]
    await db.execute(_OPEN, user_id, kind, tokens.digest(secret), family, agent, address, now, now + lifetime)


async def _end_family_of_spent(token: str) -> None:
    query = "SELECT family FROM sessions WHERE kind = 'refresh' AND token_hash = $1 AND revoked_at IS NOT NULL"
    row = await db.fetch_one(query, tokens.digest(token))
    if row is not None:
        await _end(row["family"])


async def _end(family: UUID) -> None:
    await db.execute("UPDATE sessions SET revoked_at = now() WHERE family = $1 AND revoked_at IS NULL", family)
    known.drop(lambda identity: identity.session == family)


def best_priority(role: str, *, plan: str) -> str:
    """Return the best priority that a caller may ask for: ``critical`` is for administrators only.

    >>> best_priority("admin", plan="low"), best_priority("user", plan="critical")
    ('critical', 'high')
    """
    if role == "admin":
        return "critical"
    return "high" if plan == "critical" else plan


def _identity(row: db.Row, family: UUID) -> Identity:
    return Identity(
        user_id=row["id"],
        email=row["email"],
        role=row["role"],
        scopes=SCOPES if is_staff(row["role"]) else SCOPES - {ADMIN},
        max_priority=best_priority(row["role"], plan=row["max_priority"]),
        session=family,
    )
