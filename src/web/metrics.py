"""The platform's figures in Prometheus' text format; those of this process come from its own registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..platform.services.measures import Measures


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


def _gauge(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"reelscribe_{name}", about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
