"""When an engine rests, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.breaker import LONGEST_REST, Breaker, failed, rest_for

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
REST = timedelta(seconds=30)
A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def after(*jobs: UUID, before: Breaker | None = None, allowed: int = 3) -> Breaker:
    breaker = before or Breaker()
    for job in jobs:
        breaker = failed(breaker, job_id=job, allowed=allowed, rest=REST, now=NOW)
    return breaker


def test_failures_of_different_jobs_open_it() -> None:
    assert after(A, B).state == "closed"
    assert after(A, B, C) == Breaker(state="open", failures=3, last_job_id=C, opened_count=1, opened_until=NOW + REST)


def test_job_that_fails_again_and_again_counts_once() -> None:
    assert (after(A, A, A, A).state, after(A, A, A, A).failures) == ("closed", 1)


def test_failure_while_it_rests_does_not_prolong_the_rest() -> None:
    assert after(A, B, C, A) == after(A, B, C)


def test_failed_probe_opens_it_for_twice_as_long_also_when_the_same_job_tried() -> None:
    tried = Breaker(state="half_open", failures=3, last_job_id=C, opened_count=1, probe_until=NOW)

    opened = after(C, before=tried)

    assert (opened.state, opened.opened_count) == ("open", 2)
    assert opened.opened_until == NOW + 2 * REST


def test_one_failure_is_enough_where_one_is_allowed() -> None:
    assert after(A, allowed=1).state == "open"


@given(st.integers(1, 1000), st.floats(1, 3600))
def test_rest_grows_and_is_bounded(count: int, seconds: float) -> None:
    first = timedelta(seconds=seconds)

    assert first <= rest_for(count, first=first) <= max(first, LONGEST_REST)
    assert rest_for(count, first=first) <= rest_for(count + 1, first=first)
