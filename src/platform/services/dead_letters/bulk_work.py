"""Carry out bulk actions, letter by letter; run by the scheduler.

A letter is moved and its item marked in one transaction, so each is done once, whatever is killed in
between. Two schedulers at a time do no harm: they pass over each other's items, and a rate's next turn is
taken by one of them only.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import msgspec

from ... import db, logs
from ...errors import ReelscribeError, Unavailable
from .. import audit
from ..sessions import Identity
from . import admins, again, discard, letters, notes
from .bulk import Options

log = logs.get("dead_letters")

# How often the scheduler comes; at a rate, as many items are done in one turn as fall due in this time.
TURN_SECONDS = 0.25
# Without a rate, this many in one turn, so that several actions take turns.
_AT_ONCE = 200


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A running action, in whose name it is done, and what to do with each letter."""

    id: UUID
    action: str
    options: Options
    reason: str
    admin: Identity


async def perform(now: datetime | None = None) -> int:
    """Do the next letters of every running action whose turn it is; returns how many were looked at.

    Raises:
        Unavailable: PostgreSQL is away; what was not done yet is done later.
    """
    moment = now or datetime.now(UTC)
    return sum([await turn(work, moment) for work in await due(moment)])


async def due(moment: datetime) -> list[Work]:
    """Return the running actions whose turn it is; one whose administrator is none any more rests."""
    return [
        Work(
            id=row["id"],
            action=row["action"],
            options=msgspec.json.decode(row["options"], type=Options),
            reason=row["reason"],
            admin=await admins.acting(row["created_by"]),
        )
        for row in await db.fetch(_RUNNING, moment)
    ]


async def tick() -> int:
    """Perform, as a duty of the scheduler: nothing was broken, so nothing was mended."""
    await perform()
    return 0


_RUNNING = """
SELECT b.id, b.action, b.options, b.reason, b.created_by
FROM bulk_actions b JOIN users u ON u.id = b.created_by AND u.role IN ('operator', 'admin') AND u.disabled_at IS NULL
WHERE b.status = 'running' AND b.next_at <= $1 ORDER BY b.next_at, b.id
"""

# Up to a second that the scheduler was late is made up for; then the rate counts from now.
_TAKE_TURN = """
UPDATE bulk_actions SET next_at = CASE WHEN rate_per_second IS NULL THEN $2::timestamptz
    ELSE greatest(next_at, $2 - interval '1 second')
        + make_interval(secs => greatest(ceil(rate_per_second * $3), 1) / rate_per_second) END
WHERE id = $1 AND status = 'running' AND next_at <= $2
RETURNING rate_per_second
"""


async def turn(work: Work, moment: datetime) -> int:
    """Do the letters of one turn, unless another scheduler has taken it; returns how many."""
    row = await db.fetch_one(_TAKE_TURN, work.id, moment, TURN_SECONDS)
    if row is None:
        return 0
    rate = row["rate_per_second"]
    most = _AT_ONCE if rate is None else max(math.ceil(rate * TURN_SECONDS), 1)
    done = 0
    while done < most and await _next(work):
        done += 1
    if done < most:
        await _finish(work)
    return done


_NEXT = """
SELECT i.id, i.dead_letter_id FROM bulk_items i JOIN bulk_actions b ON b.id = i.bulk_id
WHERE i.bulk_id = $1 AND i.status = 'pending' AND b.status = 'running'
ORDER BY i.position LIMIT 1 FOR UPDATE OF i SKIP LOCKED
"""


async def _next(work: Work) -> bool:
    """Do one letter; False where none is left, or the action was stopped. A refusal skips it and says why."""
    item_id: UUID | None = None
    try:
        async with db.transaction():
            item = await db.fetch_one(_NEXT, work.id)
            if item is None:
                return False
            item_id = item["id"]
            files = await _DO[work.action](work, await letters.lock(item["dead_letter_id"]))
            await _mark(item["id"], "done")
    except Unavailable:
        raise
    except (ReelscribeError, asyncpg.PostgresError) as exc:
        if item_id is None:
            raise
        await _skip(item_id, exc)
        return True
    await discard.forget(files)
    return True


async def _skip(item_id: UUID, exc: ReelscribeError | asyncpg.PostgresError) -> None:
    if not isinstance(exc, ReelscribeError):
        log.error("bulk_item_failed", item_id=str(item_id), error=repr(exc), exc_info=exc)
    why = exc.message if isinstance(exc, ReelscribeError) else "It could not be stored; the server's log says why"
    await _mark(item_id, "skipped", why)


async def _mark(item_id: UUID, status: str, outcome: str = "") -> None:
    """Take the item out of ``pending``, once, and count it."""
    await db.execute(
        "WITH item AS (UPDATE bulk_items SET status = $2::text, outcome = $3, done_at = now()"
        "  WHERE id = $1 AND status = 'pending' RETURNING bulk_id)"
        " UPDATE bulk_actions SET done = done + ($2::text = 'done')::int,"
        "  skipped = skipped + ($2::text = 'skipped')::int WHERE id = (SELECT bulk_id FROM item)",
        item_id,
        status,
        outcome,
    )


async def _finish(work: Work) -> None:
    """End the action once no item waits; another scheduler may still have one in its hands."""
    async with db.transaction():
        row = await db.fetch_one(
            "UPDATE bulk_actions SET status = 'finished', finished_at = now() WHERE id = $1 AND status = 'running'"
            " AND NOT EXISTS (SELECT 1 FROM bulk_items WHERE bulk_id = $1 AND status = 'pending')"
            " RETURNING total, done, skipped",
            work.id,
        )
        if row is not None:
            await audit.note(
                work.admin,
                "bulk.finish",
                subject_kind="bulk_action",
                subject_id=work.id,
                reason=work.reason,
                after=dict(row),
            )


# Each does its part in the transaction of the item and returns the files to delete after the commit.
async def _requeue(work: Work, letter: db.Row) -> list[str]:
    await again.run_again(work.admin, letter, work.options.plan, reason=work.reason)
    return []


async def _discard(work: Work, letter: db.Row) -> list[str]:
    return await discard.close(work.admin, letter, reason=work.reason, delete_source=work.options.delete_source)


async def _restore(work: Work, letter: db.Row) -> list[str]:
    await discard.reopen(work.admin, letter, reason=work.reason)
    return []


async def _review(work: Work, letter: db.Row) -> list[str]:
    await notes.mark(work.admin, letter, reviewed=work.options.reviewed)
    return []


async def _assign(work: Work, letter: db.Row) -> list[str]:
    await notes.give(work.admin, letter, work.options.assign_to)
    return []


_DO: dict[str, Callable[[Work, db.Row], Awaitable[list[str]]]] = {
    "requeue": _requeue,
    "discard": _discard,
    "restore": _restore,
    "review": _review,
    "assign": _assign,
}
