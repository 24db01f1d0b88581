"""Where a person is signed in, and how they end it elsewhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from .. import db
from . import sessions
from .sessions import Identity


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A living sign-in; ``kind`` is ``page`` (a browser) or ``refresh`` (a program)."""

    family: UUID
    kind: str
    user_agent: str
    address: str
    last_seen_at: datetime
    is_this: bool


async def list_all(identity: Identity) -> list[SignIn]:
    """Return the caller's sign-ins, the one in use first, then the latest."""
    rows = await db.fetch(
        "SELECT family, kind, user_agent, address, last_seen_at, family = $2 AS is_this FROM sessions"
        " WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()"
        " ORDER BY is_this DESC, last_seen_at DESC LIMIT 100",
        identity.user_id,
        identity.session,
    )
    return [SignIn(**dict(row)) for row in rows]


async def end_others(identity: Identity) -> int:
    """End every sign-in of the caller but the one in use; returns how many sessions ended."""
    ended = await db.execute(
        "UPDATE sessions SET revoked_at = now() WHERE user_id = $1 AND family <> $2 AND revoked_at IS NULL",
        identity.user_id,
        identity.session,
    )
    sessions.known.drop(lambda known: known.user_id == identity.user_id)
    return ended
