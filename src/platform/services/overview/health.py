"""How the installation is: the servers, this machine's disk, the clocks, the schema, the scheduler; in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from ... import db, migrations
from ...engines.stats import PoolStats
from ...settings import current
from .. import doctor, health
from ..findings import Finding, Level
from ..scheduler import LEADER_LOCK
from . import workers


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """How often the scheduler put something right since the beginning, and when it last did."""

    duty: str
    times: int
    last_at: datetime


class HealthView(msgspec.Struct, frozen=True, kw_only=True):
    """``status`` is ``ok`` when nothing failed. ``findings``: each with what to do where it is not well.

    ``engine_pool`` is what the speech processes of the present workers did since these workers started.
    """

    status: str
    checked_at: datetime
    findings: list[Finding]
    mended: list[Duty]
    engine_pool: PoolStats


_SERVERS = {"database": "PostgreSQL", "redis": "Redis", "storage": "Storage"}
_FIXES = {
    "database": "Start PostgreSQL, or correct REELSCRIBE_DATABASE_URL.",
    "redis": "Start Redis, or correct REELSCRIBE_REDIS_URL. No job is lost meanwhile.",
    "storage": "Check the storage's address and key, and that it can be written to.",
}
# A token is valid and a lease kept by two clocks.
_CLOCKS_APART_SECONDS = 2.0


async def look() -> HealthView:
    """Return what is well and what is not, now."""
    findings = [
        *await _servers(),
        await _schema(),
        await _scheduler(),
        await _workers(),
        await _clock(),
        await doctor.check_disk(current()),
    ]
    status = "ok" if doctor.healthy(findings) else "failing"
    return HealthView(
        status=status,
        checked_at=datetime.now(UTC),
        findings=findings,
        mended=await _mended(),
        engine_pool=await workers.pool(),
    )


async def _servers() -> Sequence[Finding]:
    found = await health.check()
    return [
        Finding(
            name=_SERVERS[name],
            level=Level.OK if check.ok else Level.FAIL,
            detail=f"answers in {check.milliseconds:.0f} ms" if check.ok else "does not answer",
            fix="" if check.ok else _FIXES[name],
        )
        for name, check in found.checks.items()
    ]


async def _schema() -> Finding:
    if await migrations.pending():
        return Finding(name="Schema", level=Level.FAIL, detail="older than this program", fix="Run: reelscribe migrate")
    return Finding(name="Schema", level=Level.OK, detail="up to date")


# Whoever leads holds this advisory lock; PostgreSQL shows a 64-bit one as two halves.
_LEADER = """
SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND classid = ($1::bigint >> 32)::oid AND objid = ($1::bigint & 4294967295)::oid AND objsubid = 1
"""


async def _scheduler() -> Finding:
    if await db.fetch_one(_LEADER, LEADER_LOCK) is None:
        fix = "Start one: reelscribe scheduler. Without it nothing is retried, rescued or swept."
        return Finding(name="Scheduler", level=Level.FAIL, detail="none leads", fix=fix)
    return Finding(name="Scheduler", level=Level.OK, detail="one leads")


async def _workers() -> Finding:
    alive = await workers.alive()
    if not alive:
        fix = "Start one: reelscribe worker. Jobs wait until then."
        return Finding(name="Workers", level=Level.FAIL, detail="none reported lately", fix=fix)
    return Finding(name="Workers", level=Level.OK, detail=f"{alive} at work" if alive > 1 else "one at work")


async def _clock() -> Finding:
    row = await db.fetch_one("SELECT clock_timestamp() AS now")
    apart = abs((datetime.now(UTC) - row["now"]).total_seconds()) if row else 0.0
    if apart > _CLOCKS_APART_SECONDS:
        fix = "Synchronise the clocks (NTP) of this machine and the database's."
        return Finding(name="Clock", level=Level.WARN, detail=f"{apart:.1f} s from PostgreSQL's", fix=fix)
    return Finding(name="Clock", level=Level.OK, detail="agrees with PostgreSQL's")


async def _mended() -> list[Duty]:
    rows = await db.fetch("SELECT duty, times, last_at FROM mended ORDER BY last_at DESC")
    return [Duty(**dict(row)) for row in rows]
