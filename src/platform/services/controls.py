"""Queues, groups, priorities and engines that admins stop: paused (nothing starts) or draining (nothing comes in).

A paused queue keeps its messages and a running stage runs on. The table is the truth: a claim looks at it.
Workers are told through Redis, so that they do not fetch in vain, and the scheduler tells them again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from .. import db, logs
from ..engines import registry
from ..errors import BadInput, Unavailable
from ..queue import dispatch, turns
from ..queue.tasks import Group, Priority, all_queues
from . import audit
from .sessions import Identity

log = logs.get("controls")

State = Literal["paused", "draining"]
ALL = "all"
ENGINE_PREFIX = "engine:"


class Draining(Unavailable):
    """New jobs are not accepted at the moment."""

    code = "draining"
    hint = "An administrator is preparing maintenance. Try again later; nothing was charged."


class Stopped(msgspec.Struct, frozen=True, kw_only=True):
    """What is stopped, since when, by whom (their e-mail) and why."""

    name: str
    state: State
    since: datetime
    by: str | None
    reason: str


def names() -> tuple[str, ...]:
    """Return everything that can be stopped, the widest first."""
    engines = (f"{ENGINE_PREFIX}{name}" for name in registry.names())
    return (ALL, *(each.value for each in Group), *(each.value for each in Priority), *all_queues(), *engines)


def names_of(queue: str, engine: str) -> list[str]:
    """Return every name by which work of ``engine`` in ``queue`` can be stopped."""
    return [*turns.names(queue), f"{ENGINE_PREFIX}{engine}"]


async def stop(who: Identity, name: str, *, state: State, reason: str) -> Stopped:
    """Pause or drain ``name``; doing it again changes state and reason.

    Raises:
        BadInput: there is no such queue or engine, or no reason is given.
    """
    if name not in names():
        raise BadInput(f"There is no queue or engine {name[:80]!r}", hint=f"Choose one of: {', '.join(names())}")
    if not reason.strip():
        raise BadInput("Say why, so that the next administrator knows", field="reason")
    async with db.transaction():
        before = await _one(name)
        await db.execute(
            "INSERT INTO queue_controls (name, state, paused_by, reason) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (name) DO UPDATE SET state = $2, paused_by = $3, reason = $4",
            name,
            state,
            who.user_id,
            reason.strip(),
        )
        after = await _one(name)
        assert after is not None, "just written"  # noqa: S101 - invariant
        await audit.note(who, f"queue.{state}", subject_kind="queue", subject_id=name, reason=reason, before=before)
    await _tell_soon()
    return after


async def resume(who: Identity, name: str) -> bool:
    """Let ``name`` run again; False where it was not stopped."""
    async with db.transaction():
        before = await _one(name)
        if not await db.execute("DELETE FROM queue_controls WHERE name = $1", name):
            return False
        await audit.note(who, "queue.resumed", subject_kind="queue", subject_id=name, before=before)
    await _tell_soon()
    return True


async def list_stopped() -> list[Stopped]:
    """Return all that is stopped, the longest first."""
    rows = await db.fetch(f"{_SELECT} ORDER BY c.paused_at, c.name")
    return [Stopped(**dict(row)) for row in rows]


async def refuse_if_draining(*, first_queue: str, engine: str) -> None:
    """Refuse a new job that would begin in a queue, or need an engine, that takes nothing in.

    Raises:
        Draining: with the administrator's reason.
    """
    row = await db.fetch_one(
        "SELECT reason FROM queue_controls WHERE state = 'draining' AND name = ANY($1) LIMIT 1",
        names_of(first_queue, engine),
    )
    if row is not None:
        raise Draining(f"New jobs are not accepted at the moment: {row['reason']}")


async def tell() -> int:
    """Tell the workers what is paused; run by the scheduler, because Redis may have lost it."""
    await dispatch.tell_stopped([each.name for each in await list_stopped() if each.state == "paused"])
    return 0


async def _tell_soon() -> None:
    try:
        await tell()
    except Unavailable as exc:  # the scheduler tells them within seconds, and claims look at the table
        log.warning("workers_not_told", error=str(exc))


_SELECT = """
SELECT c.name, c.state, c.paused_at AS since, u.email AS by, c.reason
FROM queue_controls c LEFT JOIN users u ON u.id = c.paused_by
"""


async def _one(name: str) -> Stopped | None:
    row = await db.fetch_one(f"{_SELECT} WHERE c.name = $1", name)
    return None if row is None else Stopped(**dict(row))
