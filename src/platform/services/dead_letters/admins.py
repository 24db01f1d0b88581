"""Administrators and operators in whose name something happens later, when they are not there."""

from __future__ import annotations

from uuid import UUID

import msgspec

from ... import db
from ...errors import Forbidden, NotFound
from ..sessions import SCOPES, Identity, best_priority


class NoLongerAdmin(Forbidden):
    """Who planned this is no administrator any more."""

    code = "no_longer_admin"
    hint = "Another administrator can do it."


async def acting(user_id: UUID) -> Identity:
    """Return the administrator as they would be if they made a request now.

    Raises:
        NoLongerAdmin: they are none any more, or disabled, or gone.
    """
    row = await db.fetch_one(
        "SELECT email, role FROM users WHERE id = $1 AND role IN ('operator', 'admin') AND disabled_at IS NULL",
        user_id,
    )
    if row is None:
        raise NoLongerAdmin
    best = best_priority(row["role"], plan="high")
    return Identity(user_id=user_id, email=row["email"], role=row["role"], scopes=SCOPES, max_priority=best)


async def by_email(email: str) -> Identity:
    """Return the administrator with this address.

    Raises:
        NotFound: there is none.
    """
    row = await db.fetch_one("SELECT id FROM users WHERE email = $1", email.strip().lower())
    try:
        return await acting(row["id"] if row else UUID(int=0))
    except NoLongerAdmin:
        raise NotFound(
            f"There is no administrator {email[:200]!r}", hint="Dead letters are assigned to administrators."
        ) from None


class Admin(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to whom dead letters can be assigned."""

    id: UUID
    email: str


async def list_all() -> list[Admin]:
    """Return all administrators and operators who may sign in, by address."""
    rows = await db.fetch(
        "SELECT id, email FROM users WHERE role IN ('operator', 'admin') AND disabled_at IS NULL ORDER BY email"
    )
    return [Admin(**dict(row)) for row in rows]
