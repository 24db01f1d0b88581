"""Engines as admins see them: their circuit breakers, and whether somebody stopped them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ... import db
from ...engines import registry
from .. import controls
from ..controls import Stopped


class EngineView(msgspec.Struct, frozen=True, kw_only=True):
    """An engine. ``state`` of its breaker: ``closed`` (it works), ``open`` (it gets nothing until ``opened_until``)
    or ``half_open`` (one stage tries it). ``failures`` in a row; ``running`` stages use it now. ``refusal``: why it
    cannot work on this machine at all (not installed, no key, no model), None where it can.
    """

    name: str
    state: str
    failures: int
    last_error: str
    opened_count: int
    opened_until: datetime | None
    changed_at: datetime | None
    running: int
    stopped: Stopped | None
    refusal: str | None = None


_WELL = {
    "state": "closed", "failures": 0, "last_error": "", "opened_count": 0, "opened_until": None, "changed_at": None,
}  # fmt: skip


async def look() -> list[EngineView]:
    """Return how all engines stand now, in the registry's order; unknown ones that have a breaker come last."""
    rows = await db.fetch(
        "SELECT engine, state, failures, last_error, opened_count, opened_until, changed_at FROM breakers"
    )
    breakers = {row["engine"]: {name: row[name] for name in _WELL} for row in rows}
    running = {row["engine"]: int(row["running"]) for row in await db.fetch(_RUNNING)}
    stopped = {each.name: each for each in await controls.list_stopped()}
    names = [*registry.names(), *sorted(breakers.keys() - set(registry.names()))]
    return [
        EngineView(
            name=name,
            running=running.get(name, 0),
            stopped=stopped.get(f"{controls.ENGINE_PREFIX}{name}"),
            refusal=_refusal(name),
            **breakers.get(name, _WELL),
        )
        for name in names
    ]


def _refusal(name: str) -> str | None:
    refusal = registry.get(name).refusal() if name in registry.names() else None
    return f"{refusal.message} {refusal.hint}".strip() if refusal else None


_RUNNING = """
SELECT j.engine, count(*) AS running FROM stages s JOIN jobs j ON j.id = s.job_id
WHERE s.status = 'running' AND split_part(s.queue, '.', 1) = 'engine' GROUP BY j.engine
"""
