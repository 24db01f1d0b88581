"""What a pool of engine processes has done, and which processes it has now."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class PoolStats(msgspec.Struct, kw_only=True):
    """What the pool has done since it was made; all of them only grow.

    A hit is a request that found its process warm; ``evictions`` ended an idle process to make room, ``unloaded_idle``
    one that nobody had used for long, ``recycled`` one that had served or grown enough; ``failures`` are processes that
    died or were ended for an error; ``oom_fallbacks`` are requests that a smaller model took for want of memory;
    ``load_seconds`` is the sum over ``loads``.
    """

    hits: int = 0
    misses: int = 0
    loads: int = 0
    evictions: int = 0
    failures: int = 0
    cancellations: int = 0
    load_seconds: float = 0.0
    oom_fallbacks: int = 0
    recycled: int = 0
    unloaded_idle: int = 0


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """A process that exists now; ``model`` is empty for an engine that brings its own."""

    pid: int
    engine: str
    model: str
    is_busy: bool


def together(many: Iterable[PoolStats]) -> PoolStats:
    """Return the sums over several pools."""
    pools = list(many)
    return PoolStats(**{name: sum(getattr(pool, name) for pool in pools) for name in PoolStats.__struct_fields__})
