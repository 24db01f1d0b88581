"""Whether the servers that we need answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec
from redis.exceptions import RedisError

from .. import db, logs, redis, storage
from ..errors import ReelscribeError, Unavailable

log = logs.get("health")

_PATIENCE_SECONDS = 3.0


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """How one server answered."""

    ok: bool
    milliseconds: float


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How all servers answered; ``status`` is ``ok`` when each of them did."""

    status: str
    checks: dict[str, Check]

    @property
    def is_ready(self) -> bool:
        """Whether requests can be served."""
        return self.status == "ok"


async def check() -> Health:
    """Ask PostgreSQL, Redis and the storage, all at once; what is wrong goes to the log, not to strangers."""
    names = list(_CHECKS)
    checks = dict(zip(names, await asyncio.gather(*(_timed(name) for name in names)), strict=True))
    ok = all(found.ok for found in checks.values())
    return Health(status="ok" if ok else "unavailable", checks=checks)


async def _timed(name: str) -> Check:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _CHECKS[name]()
        ok = True
    except (ReelscribeError, TimeoutError) as exc:
        log.warning("not_healthy", server=name, error=str(exc) or "no answer")
        ok = False
    return Check(ok=ok, milliseconds=round((time.perf_counter() - started) * 1000, 1))


async def _database() -> None:
    await db.fetch_one("SELECT 1")


async def _redis() -> None:
    try:
        await redis.client().ping()
    except RedisError as exc:
        raise Unavailable(f"Redis: {exc}") from exc


async def _storage() -> None:
    await storage.current().check()


_CHECKS: dict[str, Callable[[], Awaitable[None]]] = {"database": _database, "redis": _redis, "storage": _storage}
