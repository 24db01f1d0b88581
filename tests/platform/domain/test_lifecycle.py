from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.domain.lifecycle import (
    FINAL,
    OPTIONAL_STAGES,
    PIPELINES,
    WEIGHTS,
    JobKind,
    JobStatus,
    StageName,
    job_progress,
    retry_delay,
)

BASE, CAP = timedelta(seconds=2), timedelta(minutes=5)


@pytest.mark.parametrize("kind", PIPELINES)
def test_progress_never_falls_along_a_pipeline(kind: JobKind) -> None:
    steps = [job_progress(kind, stage, nr / 20) for stage in PIPELINES[kind] for nr in range(21)]

    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, 99)


@given(st.sampled_from(sorted(PIPELINES)), st.floats(allow_nan=False))
def test_progress_stays_below_a_hundred_for_any_fraction(kind: JobKind, fraction: float) -> None:
    assert all(0 <= job_progress(kind, stage, fraction) <= 99 for stage in PIPELINES[kind])


@pytest.mark.parametrize(
    ("attempt", "jitter", "seconds"),
    [
        (1, 0.5, 1.0),  # 2 x 0.5
        (2, 0.5, 2.0),  # 4 x 0.5
        (3, 0.25, 2.0),  # 8 x 0.25
        (1, 0.0, 0.2),  # a tenth of the base
        (9, 0.5, 150.0),  # 512 is above the cap of 300
        (10_000, 0.5, 150.0),
    ],
)
def test_retry_delay(attempt: int, jitter: float, seconds: float) -> None:
    assert retry_delay(attempt, base=BASE, cap=CAP, jitter=jitter) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (0, 1.0),  # 2 x 0.5, as if nobody had asked
        (30, 31.0),
        (3_599.5, 3_600.0),
        (86_400, 3_600.0),  # a day becomes an hour
    ],
)
def test_retry_delay_comes_after_what_a_server_asked_for(asked: float, seconds: float) -> None:
    delay = retry_delay(1, base=BASE, cap=CAP, jitter=0.5, asked=timedelta(seconds=asked))

    assert delay == timedelta(seconds=seconds)


@given(st.integers(1, 200), st.floats(0, 1, exclude_max=True))
def test_retry_delay_stays_between_its_bounds(attempt: int, jitter: float) -> None:
    delay = retry_delay(attempt, base=BASE, cap=CAP, jitter=jitter)

    assert BASE / 10 <= delay <= CAP
    assert delay <= retry_delay(attempt + 1, base=BASE, cap=CAP, jitter=jitter)


@pytest.mark.parametrize("kind", PIPELINES)
def test_pipeline_has_each_stage_once_and_ends_with_delivery(kind: JobKind) -> None:
    pipeline = PIPELINES[kind]

    assert len(set(pipeline)) == len(pipeline)
    assert (pipeline[0], pipeline[-1]) == (StageName.INGEST, StageName.DELIVER)


def test_every_stage_has_a_weight() -> None:
    assert set(WEIGHTS) == set(StageName)


def test_final_states_are_those_that_nothing_follows() -> None:
    assert set(JobStatus) - FINAL == {JobStatus.PENDING, JobStatus.PROCESSING}


@pytest.mark.parametrize("kind", list(PIPELINES))
def test_the_text_itself_is_never_optional(kind: JobKind) -> None:
    assert not OPTIONAL_STAGES[kind] & {StageName.INGEST, StageName.TRANSCRIBE, StageName.DELIVER}
