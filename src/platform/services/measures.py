"""Figures of the whole platform for monitoring, read from PostgreSQL in three statements."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .. import db
from ..engines import registry
from ..queue.tasks import all_queues
from .workers import Pool


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand now. ``mended`` counts since the beginning, by duty of the scheduler.

    ``queue_depth`` stages are due, by queue; ``queue_oldest_seconds`` is how long the oldest of them waits, 0
    where none does. ``workers_alive`` reported within 30 seconds. ``breakers_open``: whether an engine rests or
    is being tried. ``pools``: what the engine processes of each listed worker did since it started, and hold now.
    """

    unfinished_jobs: Mapping[str, int]
    dead_letters_open: int
    queue_depth: Mapping[str, int]
    queue_oldest_seconds: Mapping[str, float]
    workers_alive: int
    breakers_open: Mapping[str, bool]
    mended: Mapping[str, int]
    pools: Mapping[str, Pool]


_QUEUES = """
SELECT queue, count(*) AS depth, extract(epoch FROM now() - min(due_at))::float8 AS oldest
FROM stages WHERE status = 'queued' AND due_at <= now() GROUP BY queue
"""

_OTHERS = """
SELECT (SELECT count(*) FROM dead_letters WHERE status = 'open') AS dead_letters,
    (SELECT count(*) FROM workers WHERE seen_at > now() - interval '30 seconds') AS workers,
    (SELECT coalesce(jsonb_object_agg(status, jobs), '{}') FROM (SELECT status, count(*) AS jobs FROM jobs
        WHERE status IN ('pending', 'processing') GROUP BY status) AS unfinished) AS jobs,
    (SELECT coalesce(jsonb_object_agg(engine, state <> 'closed'), '{}') FROM breakers) AS breakers,
    (SELECT coalesce(jsonb_object_agg(duty, times), '{}') FROM mended) AS mended
"""


async def current() -> Measures:
    """Return how things stand now."""
    queues = {row["queue"]: row for row in await db.fetch(_QUEUES)}
    row = await db.fetch_one(_OTHERS)
    assert row is not None, "a select without a table has one row"  # noqa: S101 - invariant
    pools = await db.fetch("SELECT id, pool FROM workers ORDER BY id")
    names = dict.fromkeys([*all_queues(), *queues])
    return Measures(
        unfinished_jobs={"pending": 0, "processing": 0} | _counts(row["jobs"]),
        dead_letters_open=row["dead_letters"],
        queue_depth={name: queues[name]["depth"] if name in queues else 0 for name in names},
        queue_oldest_seconds={name: queues[name]["oldest"] if name in queues else 0.0 for name in names},
        workers_alive=row["workers"],
        breakers_open=dict.fromkeys(registry.names(), False)
        | msgspec.json.decode(row["breakers"], type=dict[str, bool]),
        mended=_counts(row["mended"]),
        pools={each["id"]: msgspec.json.decode(each["pool"], type=Pool) for each in pools},
    )


def _counts(text: str) -> dict[str, int]:
    return msgspec.json.decode(text, type=dict[str, int])
