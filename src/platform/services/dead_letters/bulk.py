"""One action on many dead letters: which ones is fixed when it begins, the scheduler carries it out.

``bulk_preview`` says before what it would do, ``bulk_work`` does it, ``bulk_views`` tells how it goes.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from ... import db
from ...errors import BadInput, Conflict, NotFound
from .. import audit
from ..sessions import Identity
from . import admins, bulk_views
from .again import Plan
from .bulk_views import BulkView
from .changes import NOTHING, Changes
from .discard import needed
from .filters import Condition, Filter, condition

Action = Literal["requeue", "discard", "restore", "review", "assign"]
Rate = Annotated[float, msgspec.Meta(ge=0.001, le=10_000)]

# Above this many a person types the number, so that nobody moves thousands by a slip.
CONFIRM_ABOVE = 50


class Selection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which dead letters: those of ``ids``, or all that match ``filter``; one of both must be given."""

    filter: Filter | None = None
    ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=10_000)] | None = None


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to do with each.

    ``changes``, ``from_start`` and ``waive`` are for ``requeue``, ``delete_source`` is for ``discard``,
    ``reviewed`` for ``review``, ``assign_to`` (an e-mail, null for nobody) for ``assign``.
    """

    changes: Changes = NOTHING
    from_start: bool = False
    waive: bool = False
    delete_source: bool = False
    reviewed: bool = True
    assign_to: Annotated[str, msgspec.Meta(max_length=320)] | None = None

    @property
    def plan(self) -> Plan:
        """How to requeue."""
        return Plan(changes=self.changes, from_start=self.from_start, waive=self.waive)


def chosen(selection: Selection) -> Condition:
    """Return the selection as SQL over ``dead_letters d``.

    Raises:
        BadInput: neither or both ways of choosing are used.
    """
    if (selection.filter is None) == (selection.ids is None):
        raise BadInput("Say which ones: either 'filter' or 'ids'", field="selection")
    if selection.filter is not None:
        return condition(selection.filter)
    return Condition("d.id = ANY($1::uuid[])", (selection.ids,))


async def start(
    admin: Identity,
    action: Action,
    selection: Selection,
    options: Options,
    *,
    reason: str,
    rate_per_second: float | None = None,
    confirm: str | None = None,
) -> BulkView:
    """Begin: fix which letters are meant, in one transaction; the scheduler does the rest.

    ``confirm`` is the number of letters as text, as ``bulk_preview`` said it; it must still be right.

    Raises:
        BadInput: no reason, nothing matches, or the number is not confirmed (the fact ``matching`` has it).
        NotFound: there is no such administrator to assign to.
    """
    if options.assign_to:
        await admins.by_email(options.assign_to)
    async with db.transaction():
        bulk_id = await _insert(admin, action, selection, options, needed(reason), rate_per_second)
        total = await _fix(bulk_id, chosen(selection))
        _refuse_unconfirmed(total, confirm)
        await _note(admin, "start", bulk_id, reason, {"action": action, "selection": selection, "total": total})
        return await bulk_views.get(bulk_id)


async def _insert(
    admin: Identity, action: str, selection: Selection, options: Options, reason: str, rate: float | None
) -> UUID:
    row = await db.fetch_one(
        "INSERT INTO bulk_actions (action, filter, options, reason, rate_per_second, created_by)"
        " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        action,
        msgspec.json.encode(selection).decode(),
        msgspec.json.encode(options).decode(),
        reason,
        rate,
        admin.user_id,
    )
    assert row is not None, "RETURNING"  # noqa: S101 - invariant
    bulk_id: UUID = row["id"]
    return bulk_id


async def _fix(bulk_id: UUID, which: Condition) -> int:
    """Write down which letters are meant, oldest first; returns how many."""
    total = await db.execute(
        "INSERT INTO bulk_items (bulk_id, dead_letter_id, position)"  # noqa: S608 - the filter's own SQL
        f" SELECT ${len(which.values) + 1}, d.id, row_number() OVER (ORDER BY d.created_at, d.id)"
        f" FROM dead_letters d WHERE {which.sql}",
        *which.values,
        bulk_id,
    )
    await db.execute("UPDATE bulk_actions SET total = $2 WHERE id = $1", bulk_id, total)
    return total


def _refuse_unconfirmed(total: int, confirm: str | None) -> None:
    if total == 0:
        raise BadInput("Nothing matches", hint="Change the filter; somebody may have been quicker.", matching=0)
    if confirm is None and total <= CONFIRM_ABOVE:
        return
    if confirm is None:
        raise BadInput(
            f"These are {total} dead letters; type the number {total} to confirm", field="confirm", matching=total
        )
    if confirm.strip() != str(total):
        raise BadInput(
            f"Now {total} dead letters match, not {confirm.strip()[:20]}",
            hint="Look at the preview again, then confirm the number that it says.",
            field="confirm",
            matching=total,
        )


async def pause(admin: Identity, bulk_id: UUID, *, reason: str = "") -> BulkView:
    """Let it rest after the letters that are being moved at this moment. Pausing twice changes nothing.

    Raises:
        NotFound: there is no such action.
        Conflict: it is over.
    """
    return await _change(admin, bulk_id, "pause", to="paused", allowed=("running",), reason=reason)


async def stop(admin: Identity, bulk_id: UUID, *, reason: str = "") -> BulkView:
    """End it for good, as far as this person is concerned; what is left can still be resumed. Errors as ``pause``."""
    return await _change(admin, bulk_id, "stop", to="stopped", allowed=("running", "paused"), reason=reason)


async def resume(admin: Identity, bulk_id: UUID, *, reason: str = "") -> BulkView:
    """Go on with what is left of a paused or stopped action, from now on in this administrator's name.

    Raises:
        NotFound: there is no such action.
        Conflict: it is over.
    """
    return await _change(admin, bulk_id, "resume", to="running", allowed=("paused", "stopped"), reason=reason)


async def change_rate(admin: Identity, bulk_id: UUID, rate_per_second: float | None) -> BulkView:
    """Go faster or slower from now on; None: without a limit. Errors as ``pause``."""
    async with db.transaction():
        before = await _lock(bulk_id)
        if before["status"] == "finished":
            raise Conflict("This is finished; its rate does not matter any more")
        await db.execute(
            "UPDATE bulk_actions SET rate_per_second = $2, next_at = now() WHERE id = $1", bulk_id, rate_per_second
        )
        await audit.note(
            admin,
            "bulk.rate",
            subject_kind="bulk_action",
            subject_id=bulk_id,
            before={"rate_per_second": before["rate_per_second"]},
            after={"rate_per_second": rate_per_second},
        )
        return await bulk_views.get(bulk_id)


async def _change(
    admin: Identity, bulk_id: UUID, verb: str, *, to: str, allowed: tuple[str, ...], reason: str
) -> BulkView:
    async with db.transaction():
        before = await _lock(bulk_id)
        if before["status"] != to:
            if before["status"] not in allowed:
                raise Conflict(f"This is {before['status']}; it cannot be {to} any more")
            await db.execute(
                "UPDATE bulk_actions SET status = $2::text, next_at = now(),"
                " finished_at = CASE WHEN $2::text = 'stopped' THEN now() END,"
                " created_by = CASE WHEN $2::text = 'running' THEN $3 ELSE created_by END WHERE id = $1",
                bulk_id,
                to,
                admin.user_id,
            )
            await _note(admin, verb, bulk_id, reason, dict(before) | {"status": to})
        return await bulk_views.get(bulk_id)


async def _lock(bulk_id: UUID) -> db.Row:
    row = await db.fetch_one(
        "SELECT status, rate_per_second, total, done, skipped FROM bulk_actions WHERE id = $1 FOR UPDATE", bulk_id
    )
    if row is None:
        raise NotFound("There is no such bulk action")
    return row


async def _note(admin: Identity, verb: str, bulk_id: UUID, reason: str, after: object) -> None:
    await audit.note(
        admin, f"bulk.{verb}", subject_kind="bulk_action", subject_id=bulk_id, reason=reason.strip(), after=after
    )
