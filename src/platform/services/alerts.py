"""Alerts: read the facts, apply the rules of ``domain.alerts``."""

from __future__ import annotations

from datetime import timedelta

from .. import db, logs
from ..domain import alerts as rules
from ..domain.alerts import Alert, Facts, Growth, Paused, Resting, Waiting
from .stages.lease import PAUSED

__all__ = ["Alert", "current", "watch"]

log = logs.get("alerts")

_NOT_MUTED = """NOT EXISTS (SELECT 1 FROM dead_letter_groups g
    WHERE g.fingerprint = d.fingerprint AND g.muted_at IS NOT NULL)"""

_GROWTHS = f"""
SELECT min(d.stage_name) AS stage, min(d.message) AS sample, count(*) AS count, min(d.created_at) AS since
FROM dead_letters d WHERE d.created_at > now() - $1::interval AND {_NOT_MUTED}
GROUP BY d.fingerprint HAVING count(*) > $2 ORDER BY count(*) DESC LIMIT 20
"""  # noqa: S608 - constants

_OLDEST = (
    f"SELECT min(d.created_at) AS oldest, now() AS now FROM dead_letters d WHERE d.status = 'open' AND {_NOT_MUTED}"  # noqa: S608 - constants
)

# What is paused has its own alert, and often no worker on purpose.
_DESERTED = f"""
SELECT s.queue, count(*) AS depth, min(s.due_at) AS since FROM stages s JOIN jobs j ON j.id = s.job_id
WHERE s.status = 'queued' AND s.due_at <= now() AND s.queue NOT IN (
    SELECT unnest(w.queues) FROM workers w WHERE w.seen_at > now() - interval '30 seconds') AND NOT {PAUSED}
GROUP BY s.queue ORDER BY s.queue
"""  # noqa: S608 - constants

_RESTING = """
SELECT engine, last_error AS error, CASE WHEN opened_until > now() THEN opened_until END AS until, changed_at AS since
FROM breakers WHERE state <> 'closed' ORDER BY engine
"""

_STOPPED = "SELECT name, state, reason, paused_at AS since FROM queue_controls ORDER BY paused_at"


async def current() -> list[Alert]:
    """Return what an administrator should know now, the most urgent kind first."""
    oldest = await db.fetch_one(_OLDEST)
    assert oldest is not None, "an aggregate has one row"  # noqa: S101 - invariant
    facts = Facts(
        growths=await _growths(),
        oldest_open=oldest["oldest"],
        deserted=[Waiting(**dict(row)) for row in await db.fetch(_DESERTED)],
        resting=[Resting(**dict(row)) for row in await db.fetch(_RESTING)],
        stopped=[Paused(**dict(row)) for row in await db.fetch(_STOPPED)],
    )
    return rules.current(facts, oldest["now"])


async def watch() -> int:
    """Write growing failures to the log, as a duty of the scheduler; nothing was mended."""
    for alert in rules.growing(await _growths()):
        log.warning(alert.code, message=alert.message, since=str(alert.since))
    return 0


async def _growths() -> list[Growth]:
    minutes = timedelta(minutes=rules.GROWTH_MINUTES)
    return [Growth(**dict(row)) for row in await db.fetch(_GROWTHS, minutes, rules.GROWTH_MORE_THAN)]
