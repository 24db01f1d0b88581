"""Everybody's accounts, for admins: who there is, what they may do, and changing that."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from ... import db
from ...domain import pagination, roles
from ...domain.roles import Role
from ...errors import BadInput, Conflict, Forbidden, NotFound
from .. import audit, credits, sessions
from ..credits import Balance
from ..sessions import Identity

MaxPriority = Literal["critical", "high", "normal", "low"]
Reason = Annotated[str, msgspec.Meta(max_length=500)]


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A person. ``max_jobs_at_once`` None: as the setting says. ``jobs_open`` are not finished yet."""

    id: UUID
    email: str
    role: Role
    max_priority: MaxPriority
    max_jobs_at_once: int | None
    disabled_at: datetime | None
    created_at: datetime
    last_seen_at: datetime | None
    credits: Balance
    jobs: int
    jobs_open: int
    jobs_failed: int


class UserPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of people, newest first."""

    items: list[UserView]
    next_cursor: str | None


class Change(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What to change of an account; what is left out stays. ``max_jobs_at_once`` null: as the setting says."""

    role: Role | msgspec.UnsetType = msgspec.UNSET
    disabled: bool | msgspec.UnsetType = msgspec.UNSET
    max_priority: MaxPriority | msgspec.UnsetType = msgspec.UNSET
    max_jobs_at_once: Annotated[int, msgspec.Meta(ge=1, le=10000)] | msgspec.UnsetType | None = msgspec.UNSET
    reason: Reason = ""


class Grant(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Credits to give, above 0 with at most two decimals; ``reason`` is shown in the user's ledger."""

    amount: Decimal
    reason: Annotated[str, msgspec.Meta(max_length=300)] = ""


_MOST_CREDITS = Decimal(1_000_000)

_COLUMNS = """
SELECT u.id, u.email, u.role, u.max_priority, u.max_jobs_at_once, u.disabled_at, u.created_at,
    (SELECT max(last_seen_at) FROM sessions s WHERE s.user_id = u.id) AS last_seen_at,
    coalesce(c.balance, 0) AS balance, coalesce(c.held, 0) AS held,
    coalesce(n.jobs, 0) AS jobs, coalesce(n.jobs_open, 0) AS jobs_open, coalesce(n.jobs_failed, 0) AS jobs_failed
FROM users u LEFT JOIN credit_accounts c ON c.user_id = u.id
LEFT JOIN LATERAL (
    SELECT count(*) AS jobs, count(*) FILTER (WHERE status IN ('pending', 'processing')) AS jobs_open,
        count(*) FILTER (WHERE status = 'failed') AS jobs_failed FROM jobs WHERE user_id = u.id
) n ON true
"""

_PAGE = f"""{_COLUMNS}
WHERE ($1 = '' OR position(lower($1) IN u.email) > 0 OR u.id::text = lower($1))
    AND ($2::text IS NULL OR u.role = $2) AND ($3::bool IS NULL OR (u.disabled_at IS NOT NULL) = $3)
    AND ($4::timestamptz IS NULL OR (u.created_at, u.id) < ($4, $5))
ORDER BY u.created_at DESC, u.id DESC LIMIT $6
"""

_ONE = f"{_COLUMNS} WHERE u.id = $1"


async def list_page(
    *, limit: int, cursor: str | None = None, q: str = "", role: Role | None = None, disabled: bool | None = None
) -> UserPage:
    """Return one page of people; ``q`` is part of the e-mail address, or the id."""
    before = pagination.decode_position(cursor) if cursor else None
    rows = await db.fetch(
        _PAGE, q, role, disabled, before.created_at if before else None, before.id if before else None, limit + 1
    )
    items = [_view(row) for row in rows[:limit]]
    more = len(rows) > limit
    next_cursor = pagination.encode_position(items[-1].created_at, items[-1].id) if more else None
    return UserPage(items=items, next_cursor=next_cursor)


async def get(user_id: UUID) -> UserView:
    """Return one person.

    Raises:
        NotFound: there is none with this id.
    """
    row = await db.fetch_one(_ONE, user_id)
    if row is None:
        raise NotFound("There is no such user.")
    return _view(row)


async def change(admin: Identity, user_id: UUID, wanted: Change) -> UserView:
    """Change what somebody may do. A disabled user is signed out everywhere; their jobs go on.

    Raises:
        NotFound: there is no such user.
        Conflict: admins cannot disable or demote themselves.
        Forbidden: the caller has been demoted or disabled meanwhile.
    """
    async with db.transaction():
        await _still_admin(admin)
        before = await get(user_id)
        if user_id == admin.user_id and (wanted.disabled is True or wanted.role not in ("admin", msgspec.UNSET)):
            raise Conflict("You cannot disable or demote yourself.", hint="Ask another administrator to do it.")
        after = _settled(before, wanted)
        if after != _settled(before, Change()):
            await db.execute(_UPDATE, user_id, *after.values())
            await _note(admin, before, after, wanted.reason)
    sessions.known.drop(lambda identity: identity.user_id == user_id)
    if wanted.disabled is True:
        await sessions.close_all(user_id)
    return await get(user_id)


async def grant(admin: Identity, user_id: UUID, wanted: Grant) -> UserView:
    """Give somebody credits.

    Raises:
        NotFound: there is no such user.
        BadInput: the amount has more than two decimals, or is absurd.
    """
    if not wanted.amount.is_finite() or wanted.amount > _MOST_CREDITS:
        raise BadInput(f"Give at most {_MOST_CREDITS} credits at once.", field="amount")
    async with db.transaction():
        await credits.grant(user_id, wanted.amount, note=wanted.reason.strip(), created_by=admin.user_id)
        await audit.note(
            admin, "user.credits_granted", subject_kind="user", subject_id=user_id, reason=wanted.reason.strip(),
            after={"amount": wanted.amount},
        )  # fmt: skip
        balance = await credits.balance(user_id)
        credits.tell(user_id, None, balance=balance.balance, held=balance.held)
        return await get(user_id)


async def is_staff(identity: Identity) -> bool:
    """Say whether the caller may look at the admin area still, and is signed in."""
    row = await db.fetch_one("SELECT role FROM users WHERE id = $1 AND disabled_at IS NULL", identity.user_id)
    return row is not None and roles.is_staff(row["role"]) and await sessions.is_open(identity)


# All admins are locked, in one order: of two who demote each other at the same moment only one succeeds.
_ADMINS = "SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE"


async def _still_admin(admin: Identity) -> None:
    if admin.user_id not in {row["id"] for row in await db.fetch(_ADMINS)}:
        raise Forbidden("You are not an administrator any more.")


_UPDATE = """
UPDATE users SET role = $2, max_priority = $3, max_jobs_at_once = $4,
    disabled_at = CASE WHEN $5 THEN coalesce(disabled_at, now()) END
WHERE id = $1
"""


def _settled(user: UserView, wanted: Change) -> dict[str, object]:
    """Return what may be changed, as it will be, in the order of ``_UPDATE``."""
    old = {
        "role": user.role,
        "max_priority": user.max_priority,
        "max_jobs_at_once": user.max_jobs_at_once,
        "disabled": user.disabled_at is not None,
    }
    return {name: value if (new := getattr(wanted, name)) is msgspec.UNSET else new for name, value in old.items()}


async def _note(admin: Identity, user: UserView, after: dict[str, object], reason: str) -> None:
    before = _settled(user, Change())
    changed = [name for name in after if after[name] != before[name]]
    await audit.note(
        admin,
        "user.changed",
        subject_kind="user",
        subject_id=user.id,
        reason=reason.strip(),
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


def _view(row: db.Row) -> UserView:
    values = dict(row)
    balance, held = values.pop("balance"), values.pop("held")
    return UserView(credits=Balance(balance=balance, held=held, available=balance - held), **values)
