"""What an administrator should know of without looking for it: rules over facts, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from .moments import clock_utc

GROWTH_MINUTES = 10
GROWTH_MORE_THAN = 10  # of one cause within those minutes
OLD = timedelta(days=7)
# A worker that restarts, or a message that is on its way, is no news.
DESERTED_AFTER = timedelta(minutes=1)
PAUSED_LONG = timedelta(days=1)


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """``code`` is for programs, ``message`` says what is wrong and what to do."""

    code: str
    message: str
    since: datetime


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """``count`` failures of one cause within the last minutes, the first at ``since``; ``sample`` is one message."""

    stage: str
    sample: str
    count: int
    since: datetime


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A queue that no living worker serves and how long the oldest of its ``depth`` stages has been due."""

    queue: str
    depth: int
    since: datetime


class Resting(msgspec.Struct, frozen=True, kw_only=True):
    """An engine whose breaker is open until ``until``, or is being tried."""

    engine: str
    error: str
    until: datetime | None
    since: datetime


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator stopped, and why."""

    name: str
    state: str
    reason: str
    since: datetime


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules look at; muted causes are not among ``growths`` and ``oldest_open``."""

    growths: Sequence[Growth] = ()
    oldest_open: datetime | None = None
    deserted: Sequence[Waiting] = ()
    resting: Sequence[Resting] = ()
    stopped: Sequence[Paused] = ()


def current(facts: Facts, now: datetime) -> list[Alert]:
    """Return what is worth an alert at ``now``, the most urgent kind first."""
    return [*_deserted(facts, now), *_resting(facts), *growing(facts.growths), *_paused(facts, now), *_old(facts, now)]


def _deserted(facts: Facts, now: datetime) -> Iterator[Alert]:
    for each in facts.deserted:
        if now - each.since > DESERTED_AFTER:
            message = (
                f"Nobody works on the queue {each.queue}, where {_many(each.depth, 'step')} waiting. Start a worker."
            )
            yield Alert(code="queue_without_worker", message=message, since=each.since)


def _resting(facts: Facts) -> Iterator[Alert]:
    for each in facts.resting:
        when = f"rests until {clock_utc(each.until)}" if each.until else "is being tried"
        message = f"The engine '{each.engine}' keeps failing and {when}; its jobs wait. The last error: {each.error}"
        yield Alert(code="engine_rests", message=message, since=each.since)


def growing(growths: Sequence[Growth]) -> Iterator[Alert]:
    """Yield an alert for each cause of which more than ``GROWTH_MORE_THAN`` jobs failed lately."""
    for each in growths:
        if each.count > GROWTH_MORE_THAN:
            message = (
                f"{each.count} jobs failed for one cause within {GROWTH_MINUTES} minutes, at the step '{each.stage}':"
                f" {_sentence(each.sample)} Look at their group among the dead letters."
            )
            yield Alert(code="dead_letters_growing", message=message, since=each.since)


def _paused(facts: Facts, now: datetime) -> Iterator[Alert]:
    for each in facts.stopped:
        if now - each.since > PAUSED_LONG:
            state = f"{each.state} for {_days(now - each.since)}"
            message = f"'{each.name}' has been {state}: {_sentence(each.reason)} Resume it?"
            yield Alert(code="paused_long", message=message, since=each.since)


def _old(facts: Facts, now: datetime) -> Iterator[Alert]:
    if facts.oldest_open is not None and now - facts.oldest_open > OLD:
        age = _days(now - facts.oldest_open)
        message = f"A failed job has waited for {age} to be looked at. Requeue or discard it."
        yield Alert(code="dead_letters_old", message=message, since=facts.oldest_open)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _many(count: int, noun: str) -> str:
    return f"1 {noun} is" if count == 1 else f"{count} {noun}s are"


def _days(age: timedelta) -> str:
    return "one day" if age.days == 1 else f"{age.days} days"
