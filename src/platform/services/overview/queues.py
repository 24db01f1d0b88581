"""Queues as admins see them: what waits, how long, how fast it goes, what is stopped.

PostgreSQL is asked, never Redis: it is the truth, also when Redis has lost its messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ... import db
from ...errors import NotFound
from ...queue import turns
from ...queue.tasks import Group, Priority, all_queues
from .. import controls
from ..controls import Stopped
from ..sessions import Identity

# Rates are means over this time; a stage that comes twice in it counts once.
_RATE_MINUTES = 5


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """One queue. ``depth`` stages wait now, ``later`` ones have their time still to come (``next_at`` first).

    ``oldest_age_seconds``: how long the oldest of ``depth`` waits, None where none does. ``workers`` living ones
    take from it. ``stopped``: everything that stops it, also a whole group or priority.
    """

    name: str
    group: str
    priority: str
    depth: int
    later: int
    next_at: datetime | None
    running: int
    oldest_age_seconds: float | None
    arrivals_per_minute: float
    completions_per_minute: float
    failures_per_minute: float
    workers: int
    paused: bool
    stopped: list[Stopped]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing waits, runs or came by lately."""
        rates = self.arrivals_per_minute + self.completions_per_minute + self.failures_per_minute
        return not (self.depth or self.later or self.running or rates)

    @property
    def is_deserted(self) -> bool:
        """Whether stages wait that no living worker will take."""
        return bool(self.depth) and not self.workers


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """All queues of one priority together."""

    priority: str
    depth: int
    later: int
    running: int


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """Things that wait outside of the queues: how many, and for how long the oldest."""

    count: int
    oldest_age_seconds: float | None


class Queues(msgspec.Struct, frozen=True, kw_only=True):
    """All queues, groups together. ``held`` jobs wait for another one of their user to end, ``dead`` for a person."""

    items: list[QueueView]
    next_cursor: None = None
    priorities: list[Total]
    held: Backlog
    dead: Backlog
    stopped: list[Stopped]


async def look() -> Queues:
    """Return how all queues stand now."""
    stopped = await controls.list_stopped()
    counts = {row["queue"]: row for row in await db.fetch(_COUNTS, _RATE_MINUTES)}
    served = {row["queue"]: int(row["workers"]) for row in await db.fetch(_SERVED)}
    items = [_view(name, counts.get(name, _NOTHING), served.get(name, 0), stopped) for name in all_queues()]
    backlogs = {row["name"]: Backlog(count=row["count"], oldest_age_seconds=row["age"]) for row in await _backlogs()}
    return Queues(
        items=items,
        priorities=[_total(priority.value, items) for priority in Priority],
        held=backlogs["held"],
        dead=backlogs["dead"],
        stopped=stopped,
    )


async def pause(admin: Identity, name: str, *, reason: str, drain: bool = False) -> Stopped:
    """Stop a queue, group, priority or engine, or all; draining ones finish what they have.

    Raises:
        NotFound: nothing has this name.
        BadInput: no reason is given.
    """
    _known(name)
    return await controls.stop(admin, name, state="draining" if drain else "paused", reason=reason)


async def resume(admin: Identity, name: str) -> bool:
    """Let it run again; False where it was not stopped.

    Raises:
        NotFound: nothing has this name.
    """
    if not await controls.resume(admin, name):
        _known(name)
        return False
    return True


async def resume_all(admin: Identity) -> list[str]:
    """Let everything run again; returns the names of what was stopped."""
    return [each.name for each in await controls.list_stopped() if await controls.resume(admin, each.name)]


# Each part serves itself from one partial index; a queue's name is on the stage also after it has left the queue.
_COUNTS = """
WITH waiting AS (
    SELECT queue, count(*) FILTER (WHERE due_at <= now()) AS depth, count(*) FILTER (WHERE due_at > now()) AS later,
        min(due_at) FILTER (WHERE due_at > now()) AS next_at,
        extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now()))::float8 AS age
    FROM stages WHERE status = 'queued' GROUP BY queue
), running AS (
    SELECT queue, count(*) AS running FROM stages WHERE status = 'running' GROUP BY queue
), arrived AS (
    SELECT queue, count(*) AS arrived FROM stages
    WHERE due_at > now() - $1 * interval '1 minute' AND due_at <= now() GROUP BY queue
), ended AS (
    SELECT s.queue, count(*) FILTER (WHERE a.outcome = 'succeeded') AS completed,
        count(*) FILTER (WHERE a.outcome IN ('failed', 'lost')) AS failed
    FROM attempts a JOIN stages s ON s.id = a.stage_id
    WHERE a.finished_at > now() - $1 * interval '1 minute' GROUP BY s.queue
)
SELECT queue, coalesce(depth, 0) AS depth, coalesce(later, 0) AS later, next_at, age,
    coalesce(running, 0) AS running, coalesce(arrived, 0) AS arrived, coalesce(completed, 0) AS completed,
    coalesce(failed, 0) AS failed
FROM waiting FULL JOIN running USING (queue) FULL JOIN arrived USING (queue) FULL JOIN ended USING (queue)
"""
_NOTHING: Mapping[str, int | None] = {
    "depth": 0, "later": 0, "next_at": None, "age": None, "running": 0, "arrived": 0, "completed": 0, "failed": 0,
}  # fmt: skip

_SERVED = """
SELECT queue, count(*) AS workers FROM workers, unnest(queues) AS queue
WHERE seen_at > now() - interval '30 seconds' GROUP BY queue
"""

_BACKLOGS = """
SELECT 'held' AS name, count(*), extract(epoch FROM now() - min(created_at))::float8 AS age
FROM jobs WHERE status = 'pending' AND admitted_at IS NULL
UNION ALL
SELECT 'dead', count(*), extract(epoch FROM now() - min(created_at))::float8 FROM dead_letters WHERE status = 'open'
"""


async def _backlogs() -> Sequence[db.Row]:
    return await db.fetch(_BACKLOGS)


def _view(name: str, row: db.Row, workers: int, stopped: Sequence[Stopped]) -> QueueView:
    group, _, priority = name.partition(".")
    concerned = [each for each in stopped if each.name in turns.names(name)]
    return QueueView(
        name=name,
        group=Group(group).value,
        priority=priority,
        depth=row["depth"],
        later=row["later"],
        next_at=row["next_at"],
        running=row["running"],
        oldest_age_seconds=row["age"],
        arrivals_per_minute=row["arrived"] / _RATE_MINUTES,
        completions_per_minute=row["completed"] / _RATE_MINUTES,
        failures_per_minute=row["failed"] / _RATE_MINUTES,
        workers=workers,
        paused=any(each.state == "paused" for each in concerned),
        stopped=concerned,
    )


def _total(priority: str, items: Sequence[QueueView]) -> Total:
    of_it = [each for each in items if each.priority == priority]
    return Total(
        priority=priority,
        depth=sum(each.depth for each in of_it),
        later=sum(each.later for each in of_it),
        running=sum(each.running for each in of_it),
    )


def _known(name: str) -> None:
    if name not in controls.names():
        raise NotFound(f"There is no queue or engine {name[:80]!r}.", hint=f"Choose: {', '.join(controls.names())}")
