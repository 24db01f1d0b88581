"""Credits: an append-only ledger; a job holds them at its creation, then captures or releases them.

Every change is one statement that moves the account's sums and appends the entry together, so the sums
always equal the ledger, and the account's CHECK refuses what is not covered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

import msgspec

from .. import db, events
from ..domain import pagination
from ..errors import BadInput, InsufficientCredits, NotFound
from ..settings import current


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """A user's credits; ``available`` = ``balance`` - ``held``."""

    balance: Decimal
    held: Decimal
    available: Decimal


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger; the deltas say how it changed the balance and what is held."""

    id: UUID
    job_id: UUID | None
    kind: str
    balance_delta: Decimal
    held_delta: Decimal
    note: str
    created_at: datetime


class EntryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the ledger, newest first."""

    items: list[Entry]
    next_cursor: str | None


async def open_account(user_id: UUID) -> None:
    """Open the account of a new user and give the sign-up credits; call it in the user's transaction."""
    await db.execute("INSERT INTO credit_accounts (user_id) VALUES ($1) ON CONFLICT DO NOTHING", user_id)
    if current().signup_credits:
        await grant(user_id, Decimal(current().signup_credits), note="sign-up")


async def grant(user_id: UUID, amount: Decimal, *, note: str, created_by: UUID | None = None) -> None:
    """Add ``amount`` (> 0) credits.

    Raises:
        BadInput: the amount is not positive or too exact.
        NotFound: there is no such user.
    """
    if amount <= 0 or amount != round(amount, 2):
        raise BadInput("The number of credits must be positive, with at most two decimals")
    if not await _append(user_id, None, "grant", run=1, balance=amount, held=Decimal(0), note=note, by=created_by):
        raise NotFound("There is no such user")


async def hold(user_id: UUID, job_id: UUID, *, run: int, amount: Decimal) -> None:
    """Set ``amount`` aside for a run of a job.

    Raises:
        InsufficientCredits: what is available does not cover it.
    """
    if not await _append(user_id, job_id, "hold", run=run, balance=Decimal(0), held=amount, covered=True):
        await refuse(user_id, amount)


async def release(user_id: UUID, job_id: UUID, *, run: int, held: Decimal) -> None:
    """Free what a failed or cancelled run had set aside."""
    await _append(user_id, job_id, "release", run=run, balance=Decimal(0), held=-held)


async def refuse(user_id: UUID, required: Decimal) -> None:
    """Raise ``InsufficientCredits`` with what is required and what is available."""
    available = (await balance(user_id)).available
    raise InsufficientCredits(
        f"This needs {required} credits, you have {available}",
        required=str(required),
        available=str(available),
    )


async def balance(user_id: UUID) -> Balance:
    """Return the user's credits."""
    row = await db.fetch_one(
        "SELECT balance, held, balance - held AS available FROM credit_accounts WHERE user_id = $1", user_id
    )
    if row is None:
        raise NotFound("There is no such user")
    return Balance(**dict(row))


def tell(user_id: UUID, job_id: UUID | None, *, balance: Decimal, held: Decimal) -> None:
    """Tell the user's browsers of new sums, once they are committed; the job's own stream begins later."""
    sums = {"job_id": job_id, "balance": balance, "held": held, "available": balance - held}
    db.after_commit(lambda: events.publish_soon(events.EventType.CREDITS, user_id, None, sums))


async def entries(user_id: UUID, *, limit: int, cursor: str | None) -> EntryPage:
    """Return one page of the ledger, newest first."""
    before = pagination.decode_number(cursor) if cursor else None
    rows: Sequence[db.Row] = await db.fetch(
        "SELECT id, job_id, kind, balance_delta, held_delta, note, created_at FROM credit_entries"
        " WHERE user_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        user_id,
        before,
        limit + 1,
    )
    shown = rows[:limit]
    more = len(rows) > limit
    return EntryPage(
        items=[_entry(user_id, row) for row in shown],
        next_cursor=pagination.encode_number(shown[-1]["id"]) if more else None,
    )


def _entry(user_id: UUID, row: db.Row) -> Entry:
    # The number counts the entries of all users, which is nobody's business.
    return Entry(**{**dict(row), "id": uuid5(user_id, str(row["id"]))})


async def _append(
    user_id: UUID,
    job_id: UUID | None,
    kind: str,
    *,
    run: int,
    balance: Decimal,
    held: Decimal,
    covered: bool = False,
    note: str = "",
    by: UUID | None = None,
) -> bool:
    """Move the sums and append the entry; False where there is no account or, if asked, no cover."""
    return bool(
        await db.execute(
            "WITH account AS (UPDATE credit_accounts SET balance = balance + $5, held = held + $6"
            "  WHERE user_id = $1 AND (NOT $7 OR balance + $5 >= held + $6) RETURNING user_id)"
            " INSERT INTO credit_entries (user_id, job_id, kind, run, balance_delta, held_delta, note, created_by)"
            " SELECT user_id, $2, $3, $4, $5, $6, $8, $9 FROM account",
            user_id,
            job_id,
            kind,
            run,
            balance,
            held,
            covered,
            note,
            by,
        )
    )
