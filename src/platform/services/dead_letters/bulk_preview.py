"""What a bulk action would do, before anybody begins it."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from ... import db
from ...errors import ReelscribeError
from ...settings import current
from ..sessions import Identity
from . import admins
from . import changes as changing
from .bulk import CONFIRM_ABOVE, Action, Options, Selection, chosen
from .changes import NOTHING
from .discard import OTHER_JOB
from .filters import Condition


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the chosen ones cannot be done, and why."""

    reason: str
    count: int


class Shortage(msgspec.Struct, frozen=True, kw_only=True):
    """An owner whose credits do not cover all of their runs."""

    user: str
    required: Decimal
    available: Decimal


class BulkPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What an action would do now.

    ``matching`` is what a person confirms where ``needs_confirmation``; ``possible`` + all exclusions make it up.
    ``credits`` would be held in all; ``shortages`` has the largest first.
    """

    action: str
    matching: int
    possible: int
    exclusions: list[Exclusion]
    needs_confirmation: bool
    credits: Decimal
    shortages: list[Shortage]


_SHOWN = 20
_NOT_COVERED = "The owner's credits do not cover it"

_RAN_AGAIN = "WHEN j.status <> 'failed' OR j.run <> d.run THEN 'Its job was run again since'"
_CLOSED = (
    "WHEN d.status = 'requeued' THEN 'Requeued already'"
    " WHEN d.status = 'discarded' THEN 'Discarded already; restore it first'"
)
_OLD = "WHEN d.resolved_at < now() - make_interval(days => {days}) THEN 'Discarded too long ago'"
_DELETES = f"WHEN m.deleted_at IS NULL AND {OTHER_JOB} IS NOT NULL THEN 'Another job uses its recording'"


def _why_not(action: Action, options: Options) -> str:
    """Return SQL for why a letter cannot be done, NULL where it can."""
    if action == "requeue":
        return f"CASE {_CLOSED} {_RAN_AGAIN} WHEN m.deleted_at IS NOT NULL THEN 'Its recording was deleted' END"
    if action == "discard":
        return f"CASE {_CLOSED} {_DELETES if options.delete_source else ''} END"
    if action == "restore":
        old = _OLD.format(days=int(current().dead_letter_days))
        return (
            "CASE WHEN d.status IN ('open', 'scheduled') THEN 'Open already'"
            f" WHEN d.status = 'requeued' THEN 'Requeued already' {old} {_RAN_AGAIN} END"
        )
    return "NULL::text"


async def preview(admin: Identity, action: Action, selection: Selection, options: Options) -> BulkPreview:
    """Say how many letters match, how many can be done, why others cannot, and what credits are needed.

    Raises:
        BadInput: the selection cannot be used.
        NotFound: there is no such administrator to assign to.
    """
    if options.assign_to:
        await admins.by_email(options.assign_to)
    which, why = chosen(selection), _why_not(action, options)
    excluded = await _excluded(which, why)
    matching = excluded.total()
    weighed = _Weighed()
    if action == "requeue":
        rows = await _candidates(which, why, with_changes=options.changes != NOTHING)
        weighed = await asyncio.to_thread(_weigh, admin, rows, options)
    possible = excluded.pop(None, 0) - weighed.excluded.total()
    reasons: Counter[str] = Counter({str(reason): count for reason, count in excluded.items()}) + weighed.excluded
    return BulkPreview(
        action=action,
        matching=matching,
        possible=possible,
        exclusions=[Exclusion(reason=reason, count=count) for reason, count in reasons.most_common()],
        needs_confirmation=matching > CONFIRM_ABOVE,
        credits=weighed.credits,
        shortages=weighed.shortages[:_SHOWN],
    )


_FROM = "FROM dead_letters d JOIN jobs j ON j.id = d.job_id JOIN media m ON m.id = j.media_id"


async def _excluded(which: Condition, why: str) -> Counter[str | None]:
    rows = await db.fetch(
        f"SELECT {why} AS why, count(*) AS count {_FROM} WHERE {which.sql} GROUP BY 1",
        *which.values,
    )
    return Counter({row["why"]: row["count"] for row in rows})


async def _candidates(which: Condition, why: str, *, with_changes: bool) -> Sequence[db.Row]:
    columns = changing.COLUMNS if with_changes else "j.credits_quoted"
    return await db.fetch(
        f"SELECT d.user_id, u.email, a.balance - a.held AS available, {columns} {_FROM}"
        " JOIN users u ON u.id = d.user_id JOIN credit_accounts a ON a.user_id = d.user_id"
        f" WHERE {which.sql} AND {why} IS NULL ORDER BY d.created_at, d.id",
        *which.values,
    )


class _Weighed(msgspec.Struct, kw_only=True):
    """What requeueing costs, and what of it does not work."""

    credits: Decimal = Decimal(0)
    excluded: Counter[str] = msgspec.field(default_factory=Counter)
    shortages: list[Shortage] = []


def _weigh(admin: Identity, rows: Sequence[db.Row], options: Options) -> _Weighed:
    """Hold the credits of each owner on paper, in the order in which the letters are done."""
    weighed = _Weighed()
    needed: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    held: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for row in rows:
        try:
            price = _price(admin, row, options)
        except ReelscribeError as exc:
            weighed.excluded[exc.message] += 1
            continue
        needed[row["user_id"]] += price
        if price and held[row["user_id"]] + price > row["available"]:
            weighed.excluded[_NOT_COVERED] += 1
            continue
        held[row["user_id"]] += price
    weighed.credits = sum(held.values(), Decimal(0))
    weighed.shortages = _shortages(rows, needed)
    return weighed


def _price(admin: Identity, row: db.Row, options: Options) -> Decimal:
    price: Decimal = row["credits_quoted"]
    if options.changes != NOTHING:
        price = changing.compare(admin, changing.of_row(row), options.changes).price
    return Decimal(0) if options.waive else price


def _shortages(rows: Sequence[db.Row], needed: dict[UUID, Decimal]) -> list[Shortage]:
    owners = {row["user_id"]: row for row in rows if needed[row["user_id"]] > row["available"]}
    found = [
        Shortage(user=row["email"], required=needed[user_id], available=row["available"])
        for user_id, row in owners.items()
    ]
    return sorted(found, key=lambda each: each.available - each.required)
