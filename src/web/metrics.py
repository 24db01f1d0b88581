"""The platform's figures in Prometheus' text format; those of this process come from its own registry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..platform.services.measures import Measures
from ..platform.services.workers import Pool


def text(measures: Measures) -> bytes:
    """Return what a scrape gets."""
    # A registry per scrape: nothing of the platform's state is kept in this process.
    registry = CollectorRegistry()
    registry.register(_Platform(measures))
    return generate_latest(REGISTRY) + generate_latest(registry)


class _Platform(Collector):
    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterable[Metric]:
        found = self._measures
        yield _gauge("jobs_unfinished", "Jobs that are not finished", "status", found.unfinished_jobs)
        yield _gauge("queue_depth", "Stages that are due, by queue", "queue", found.queue_depth)
        yield _gauge("queue_oldest_seconds", "How long the oldest of them waits", "queue", found.queue_oldest_seconds)
        yield _gauge("engine_breaker_open", "1 while an engine rests", "engine", found.breakers_open)
        yield GaugeMetricFamily("reelscribe_dead_letters_open", "Failures for a person", value=found.dead_letters_open)
        yield GaugeMetricFamily("reelscribe_workers_alive", "Workers that reported lately", value=found.workers_alive)
        mended = CounterMetricFamily("reelscribe_mended", "What the scheduler put right, by duty", labels=["duty"])
        for duty, times in found.mended.items():
            mended.add_metric([duty], times)
        yield mended
        yield from _pools(found.pools)


# A worker's name is new with each process, so a worker that starts again begins new series at 0 and the old ones
# end with it: what Prometheus expects of counters, ``rate`` and ``increase`` included. Sums are ``sum(rate(…))``.
_POOL = {
    "hits": "Requests that found their speech process warm",
    "misses": "Requests that had to start a speech process",
    "loads": "Models that were loaded",
    "load_seconds": "Seconds that loading took",
    "evictions": "Idle processes that were ended to make room",
    "unloaded_idle": "Processes that were ended because nobody had used them for long",
    "recycled": "Processes that were renewed after their requests or for their growth",
    "oom_fallbacks": "Requests that a smaller model took for want of memory",
    "failures": "Processes that died or were ended for an error",
    "cancellations": "Requests that were cancelled at work",
}


def _pools(pools: Mapping[str, Pool]) -> Iterable[Metric]:
    for name, about in _POOL.items():
        family = CounterMetricFamily(f"reelscribe_engine_pool_{name}", about, labels=["worker"])
        for worker, pool in pools.items():
            family.add_metric([worker], getattr(pool, name))
        yield family
    held = GaugeMetricFamily(
        "reelscribe_engine_pool_memory_bytes",
        "Memory that a model's process holds",
        labels=["worker", "engine", "model"],
    )
    for worker, pool in pools.items():
        for (engine, model), held_bytes in _held(pool).items():
            held.add_metric([worker, engine, model], held_bytes)
    yield held


def _held(pool: Pool) -> Mapping[tuple[str, str], int]:
    """Return the memory by engine and model: several processes may hold the same."""
    held: Counter[tuple[str, str]] = Counter()
    for each in pool.models:
        held[each.engine, each.model] += each.memory_bytes
    return held


def _gauge(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"reelscribe_{name}", about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
