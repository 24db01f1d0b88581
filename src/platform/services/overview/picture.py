"""All that changes while an admin looks, in one picture; whoever looks at the same time shares it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import msgspec

from ...engines import stats
from ...engines.stats import PoolStats
from .. import alerts
from ..alerts import Alert
from . import engines, health, queues, workers
from .engines import EngineView
from .health import HealthView
from .queues import Queues
from .workers import WorkerView

Seen = TypeVar("Seen")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """The overview at one moment."""

    at: datetime
    queues: Queues
    workers: list[WorkerView]
    engines: list[EngineView]
    health: HealthView
    alerts: list[Alert]

    @property
    def engine_pool(self) -> PoolStats:
        """What the engine processes of all workers did since each of these workers started."""
        return stats.together(worker.pool for worker in self.workers)


async def look(health_of: Callable[[], Awaitable[HealthView]] = health.look) -> Picture:
    """Return how everything stands now."""
    return Picture(
        at=datetime.now(UTC),
        queues=await queues.look(),
        workers=(await workers.look()).items,
        engines=await engines.look(),
        health=await health_of(),
        alerts=await alerts.current(),
    )


class Shared(Generic[Seen]):
    """What ``look`` returned lately; however many ask, it looks at most once in ``every``."""

    def __init__(self, look: Callable[[], Awaitable[Seen]], *, every: timedelta) -> None:
        """Look with ``look`` when somebody asks and the last answer is older than ``every``."""
        self._look = look
        self._every = every.total_seconds()
        self._kept: Seen | None = None
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def now(self) -> Seen:
        """Return an answer that is not older than ``every``; errors are ``look``'s and are not kept."""
        async with self._looking:
            if self._kept is None or time.monotonic() >= self._until:
                return await self._renew()
            return self._kept

    async def fresh(self) -> Seen:
        """Return an answer of this very moment, which the others share from now on."""
        async with self._looking:
            return await self._renew()

    async def _renew(self) -> Seen:
        self._kept = await self._look()
        self._until = time.monotonic() + self._every
        return self._kept


def shared(*, every: timedelta, health_every: timedelta) -> Shared[Picture]:
    """Return the picture that all admins of a process share; the servers are asked less often."""
    known_health = Shared(health.look, every=health_every)
    return Shared(lambda: look(known_health.now), every=every)
