"""When an engine that keeps failing gets a rest, and for how long.

``closed``: it works. ``open``: it rests. ``half_open``: the rest is over and one stage tries it; success closes
the breaker, failure opens it again for twice as long. Source: M. Nygard, "Release It!", ch. 5.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

State = Literal["closed", "open", "half_open"]
LONGEST_REST = timedelta(minutes=10)


class Breaker(msgspec.Struct, frozen=True, kw_only=True):
    """How one engine stands. ``failures`` in a row over different jobs, ``last_job_id`` the last of them.

    ``opened_count`` grows with every rest since the engine last worked.
    """

    state: State = "closed"
    failures: int = 0
    last_job_id: UUID | None = None
    opened_count: int = 0
    opened_until: datetime | None = None
    probe_until: datetime | None = None


def failed(before: Breaker, *, job_id: UUID, allowed: int, rest: timedelta, now: datetime) -> Breaker:
    """Return the breaker after a failure of a stage of ``job_id``; ``allowed`` failures in a row open it.

    A job that fails again and again counts once: it may be the job. Failures of stages that began before the
    rest say nothing new while it lasts.
    """
    if before.state == "open":
        return before
    again = before.state == "closed" and before.last_job_id == job_id
    failures = before.failures + (not again)
    if before.state == "closed" and failures < allowed:
        return msgspec.structs.replace(before, failures=failures, last_job_id=job_id)
    return Breaker(
        state="open",
        failures=failures,
        last_job_id=job_id,
        opened_count=before.opened_count + 1,
        opened_until=now + rest_for(before.opened_count + 1, first=rest),
    )


def rest_for(opened_count: int, *, first: timedelta) -> timedelta:
    """Return the length of the rest that is number ``opened_count`` (from 1) in a row: doubled, up to ten minutes.

    >>> rest_for(1, first=timedelta(seconds=30)).total_seconds()
    30.0
    >>> rest_for(3, first=timedelta(seconds=30)).total_seconds()
    120.0
    >>> rest_for(99, first=timedelta(seconds=30)).total_seconds()
    600.0
    """
    return max(first, min(first * 2.0 ** min(opened_count - 1, 30), LONGEST_REST))
