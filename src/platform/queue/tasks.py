"""Every task in one table: which workers do it, how often it is tried, how long it may take.

Dramatiq's own defaults (twenty retries, ten minutes) are never used.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

import msgspec

from ..domain.lifecycle import StageName


class Group(StrEnum):
    """Workers by what a task needs, so that a cheap one never waits behind a model."""

    IO = "io"
    MEDIA = "media"
    ENGINE = "engine"


class Priority(StrEnum):
    """Queues inside a group, drained in this order."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"
    RETRY = "retry"


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """How a stage is done. Its time limit is ``limit + per_second * duration of the recording``."""

    name: StageName
    group: Group
    attempts: int
    backoff: timedelta
    backoff_cap: timedelta
    limit: timedelta
    per_second: float

    def time_limit(self, duration_seconds: float) -> timedelta:
        """Return how long the stage may take for a recording of that length."""
        return self.limit + timedelta(seconds=self.per_second * duration_seconds)

    def soft_limit(self, duration_seconds: float) -> timedelta:
        """Return after how long the work is asked to keep what is done and stop."""
        return self.time_limit(duration_seconds) * 0.85


def _task(name: StageName, group: Group, *, limit_minutes: int, per_second: float, attempts: int = 4) -> Task:
    return Task(
        name=name,
        group=group,
        attempts=attempts,
        backoff=timedelta(seconds=2),
        backoff_cap=timedelta(minutes=5),
        limit=timedelta(minutes=limit_minutes),
        per_second=per_second,
    )


TASKS: dict[StageName, Task] = {
    task.name: task
    for task in (
        _task(StageName.INGEST, Group.MEDIA, limit_minutes=5, per_second=1.0),
        _task(StageName.SILENCE, Group.MEDIA, limit_minutes=2, per_second=0.2),
        # A large model on a slow processor runs at a tenth of real time.
        _task(StageName.TRANSCRIBE, Group.ENGINE, limit_minutes=30, per_second=10.0),
        _task(StageName.ALIGN, Group.ENGINE, limit_minutes=15, per_second=3.0, attempts=3),
        _task(StageName.DIARIZE, Group.ENGINE, limit_minutes=15, per_second=5.0, attempts=3),
        # A language model reads hours of text in minutes; the rest is waiting for a busy provider.
        _task(StageName.ANALYSE, Group.IO, limit_minutes=20, per_second=0.2, attempts=3),
        _task(StageName.SELECT, Group.IO, limit_minutes=10, per_second=0.05),
        # One clip: its own length counts far more than the recording's, which has to be fetched.
        _task(StageName.RENDER, Group.MEDIA, limit_minutes=60, per_second=0.2, attempts=3),
        _task(StageName.DELIVER, Group.IO, limit_minutes=5, per_second=0.05, attempts=6),
    )
}


def queue_name(group: Group, priority: str) -> str:
    """Return the Redis queue of ``priority`` inside ``group``.

    >>> queue_name(Group.ENGINE, "high")
    'engine.high'
    """
    return f"{group.value}.{Priority(priority).value}"


def queues_of(group: Group) -> tuple[str, ...]:
    """Return the queues of a group in their draining order."""
    return tuple(queue_name(group, priority) for priority in Priority)


def all_queues() -> tuple[str, ...]:
    """Return every queue, groups together, each group in its draining order."""
    return tuple(name for group in Group for name in queues_of(group))
