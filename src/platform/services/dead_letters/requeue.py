"""Requeue one dead letter, now or later, and say before what that would do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from ... import db
from ...domain.lifecycle import StageName
from ...errors import NotFound, ReelscribeError
from .. import credits, runs
from ..sessions import Identity
from . import again, letters, scheduled
from . import changes as changing
from .again import Plan
from .changes import NOTHING, Changes
from .letters import LetterState


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why something cannot be done, in words, and what to do about it."""

    code: str
    message: str
    hint: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a requeue would do.

    ``changes``: ``{field: [old, new]}``; ``stages``: what runs, in order; ``required``: credits that are held,
    ``available``: those that the owner can spend. With a ``refusal`` it would do nothing.
    """

    changes: dict[str, list[Any]]
    stages: list[StageName]
    required: Decimal
    available: Decimal
    refusal: Refusal | None


async def requeue(
    admin: Identity,
    letter_id: UUID,
    changes: Changes = NOTHING,
    *,
    from_start: bool = False,
    reason: str = "",
    at: datetime | None = None,
    waive: bool = False,
) -> LetterState:
    """Run the job again, now or ``at`` a later time, in one transaction; with ``waive`` the run costs nothing.

    Raises:
        NotFound: there is no such dead letter.
        Conflict: somebody has decided already (who, is said), or the recording is gone.
        UnsupportedOption: changes that do not go together, or that this server does not know.
        InsufficientCredits: the owner's credits do not cover the run.
        BadInput: ``at`` is not in the future.
    """
    plan = Plan(changes=changes, from_start=from_start, waive=waive)
    async with db.transaction():
        letter = await letters.lock(letter_id)
        if at is None:
            await again.run_again(admin, letter, plan, reason=reason)
        else:
            await scheduled.schedule(admin, letter, plan, at=at, reason=reason)
        return await letters.state(letter_id)


async def preview(
    admin: Identity, letter_id: UUID, changes: Changes = NOTHING, *, from_start: bool = False, waive: bool = False
) -> Preview:
    """Say what ``requeue`` would do: it is done, looked at and undone in one transaction.

    Raises:
        NotFound: there is no such dead letter.
    """
    seen = [_NOTHING_SEEN]
    try:
        async with _rehearsal():
            seen.append(await _rehearse(admin, letter_id, Plan(changes=changes, from_start=from_start, waive=waive)))
    except NotFound:
        raise
    except ReelscribeError as exc:
        return msgspec.structs.replace(seen[-1], refusal=refusal(exc))
    return seen[-1]


_NOTHING_SEEN = Preview(changes={}, stages=[], required=Decimal(0), available=Decimal(0), refusal=None)


class _Undo(Exception):  # noqa: N818 - no error, it ends a rehearsal
    """Ends a rehearsal."""


@asynccontextmanager
async def _rehearsal() -> AsyncIterator[None]:
    try:
        async with db.transaction():
            yield
            raise _Undo
    except _Undo:
        return


async def _rehearse(admin: Identity, letter_id: UUID, plan: Plan) -> Preview:
    letter = await letters.lock(letter_id)
    letters.refuse_unless_open(letter)
    diff = await changing.apply(admin, letter["job_id"], plan.changes)
    available = (await credits.balance(letter["user_id"])).available
    # Waived, so that all can be shown although the credits do not cover it.
    await runs.restart(letter["job_id"], by=admin.user_id, reason="", from_start=plan.from_start, waive=True)
    required = Decimal(0) if plan.waive else await _price(letter["job_id"])
    return Preview(
        changes={name: [old, new] for name, (old, new) in diff.items()},
        stages=await _stages(letter["job_id"]),
        required=required,
        available=available,
        refusal=refusal(again.not_covered(required, available)) if required > available else None,
    )


async def _price(job_id: UUID) -> Decimal:
    row = await db.fetch_one("SELECT credits_quoted FROM jobs WHERE id = $1", job_id)
    assert row is not None, "the caller has locked the job"  # noqa: S101 - invariant
    price: Decimal = row["credits_quoted"]
    return price


async def _stages(job_id: UUID) -> list[StageName]:
    rows = await db.fetch(
        "SELECT name FROM stages WHERE job_id = $1 AND status IN ('waiting', 'queued') ORDER BY position", job_id
    )
    return [StageName(row["name"]) for row in rows]


def refusal(exc: ReelscribeError) -> Refusal:
    """Return an error as a part of an answer."""
    return Refusal(code=exc.code, message=exc.message, hint=exc.hint)
