"""Workers as admins see them: who lives, what each does now, which models it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ... import db
from ...engines import stats
from ...engines.stats import PoolStats
from ..workers import Pool


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """A stage, or a piece of one, that a worker does now; ``progress`` from 0 to 1.

    ``chunk`` is the number of the piece that it does for another worker's stage, None for a stage of its own.
    """

    job_id: UUID
    stage: str
    chunk: int | None
    filename: str
    user: str
    attempt: int
    progress: float
    since: datetime | None
    lease_expires_at: datetime


class WorkerView(msgspec.Struct, frozen=True, kw_only=True):
    """A worker process; ``alive``: it reported within 30 seconds. ``memory_bytes`` with its child processes.

    ``slots``: how many stages of each group it does at once.
    """

    id: str
    host: str
    pid: int
    alive: bool
    queues: list[str]
    slots: dict[str, int]
    memory_bytes: int
    started_at: datetime
    seen_at: datetime
    doing: list[Doing]
    pool: Pool

    @property
    def groups(self) -> list[str]:
        """The groups of which it takes every priority, and the single queues that remain."""
        of_group: dict[str, list[str]] = defaultdict(list)
        for queue in self.queues:
            of_group[queue.partition(".")[0]].append(queue)
        return [name for group, names in of_group.items() for name in ([group] if len(names) == _ALL else names)]


class Workers(msgspec.Struct, frozen=True, kw_only=True):
    """All workers that reported within the last minutes, the oldest first."""

    items: list[WorkerView]
    next_cursor: None = None


_ALL = 5  # priorities of a group


async def look() -> Workers:
    """Return how all workers stand now."""
    doing: dict[str, list[Doing]] = defaultdict(list)
    for row in await db.fetch(_DOING):
        values = dict(row)
        doing[values.pop("worker")].append(Doing(**values))
    return Workers(items=[_view(row, doing[row["id"]]) for row in await db.fetch(_WORKERS)])


async def pool() -> PoolStats:
    """Return what the engine processes of all listed workers did since each of these workers started."""
    rows = await db.fetch("SELECT pool FROM workers")
    return stats.together(msgspec.json.decode(row["pool"], type=PoolStats) for row in rows)


async def alive() -> int:
    """Return how many workers reported within 30 seconds."""
    row = await db.fetch_one("SELECT count(*) AS n FROM workers WHERE seen_at > now() - interval '30 seconds'")
    return 0 if row is None else int(row["n"])


_WORKERS = """
SELECT id, host, pid, seen_at > now() - interval '30 seconds' AS alive, queues, slots, memory_bytes, started_at,
    seen_at, pool
FROM workers ORDER BY started_at, id LIMIT 500
"""

_DOING = """
SELECT s.worker, s.job_id, s.name AS stage, NULL::int AS chunk, m.filename, u.email AS user, s.attempts AS attempt,
    s.progress, s.started_at AS since, s.lease_expires_at
FROM stages s JOIN jobs j ON j.id = s.job_id JOIN media m ON m.id = j.media_id JOIN users u ON u.id = j.user_id
WHERE s.status = 'running' AND s.worker IS NOT NULL
UNION ALL
SELECT c.worker, s.job_id, s.name, c.position + 1, m.filename, u.email, c.attempts, 0, NULL, c.lease_expires_at
FROM stage_chunks c JOIN stages s ON s.id = c.stage_id JOIN jobs j ON j.id = s.job_id
    JOIN media m ON m.id = j.media_id JOIN users u ON u.id = j.user_id
WHERE c.lease_token IS NOT NULL AND c.worker IS DISTINCT FROM s.worker
ORDER BY since NULLS LAST LIMIT 2000
"""


def _view(row: db.Row, doing: Sequence[Doing]) -> WorkerView:
    values: dict[str, Any] = dict(row)
    slots = msgspec.json.decode(values.pop("slots"), type=dict[str, int])
    pool = msgspec.json.decode(values.pop("pool"), type=Pool)
    return WorkerView(slots=slots, pool=pool, doing=list(doing), **values)
