"""The states of jobs and stages, their pipelines, and when to try again."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class JobKind(StrEnum):
    """What the customer asked for."""

    TRANSCRIPTION = "transcription"
    CLIPS = "clips"


class JobStatus(StrEnum):
    """Where a job stands; the last three are final."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})


class StageStatus(StrEnum):
    """Where a stage stands: ``waiting`` for an earlier stage, ``queued`` for a worker."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StageName(StrEnum):
    """The steps of all pipelines."""

    INGEST = "ingest"
    SILENCE = "silence"
    TRANSCRIBE = "transcribe"
    ALIGN = "align"
    DIARIZE = "diarize"
    ANALYSE = "analyse"
    SELECT = "select"
    RENDER = "render"
    DELIVER = "deliver"


PIPELINES: dict[JobKind, tuple[StageName, ...]] = {
    JobKind.TRANSCRIPTION: (
        StageName.INGEST,
        StageName.SILENCE,
        StageName.TRANSCRIBE,
        StageName.ALIGN,
        StageName.DIARIZE,
        StageName.ANALYSE,
        StageName.DELIVER,
    ),
    # ``render`` stands for as many stages as there are clips: ``select`` makes them, they are done at the same time.
    JobKind.CLIPS: (
        StageName.INGEST,
        StageName.SILENCE,
        StageName.TRANSCRIBE,
        StageName.ALIGN,
        StageName.DIARIZE,
        StageName.ANALYSE,
        StageName.SELECT,
        StageName.RENDER,
        StageName.DELIVER,
    ),
}

# Percent of the whole job that each stage stands for; each pipeline's weights are scaled to 100.
WEIGHTS: dict[StageName, int] = {
    StageName.INGEST: 4,
    StageName.SILENCE: 2,
    StageName.TRANSCRIBE: 70,
    StageName.ALIGN: 6,
    StageName.DIARIZE: 16,
    StageName.ANALYSE: 6,
    StageName.SELECT: 2,
    StageName.RENDER: 60,
    StageName.DELIVER: 2,
}

# A failure here costs a warning, not the job: the text is already there. Clips cannot be chosen without the analysis.
# A failed ``render`` costs its clip; only where no clip is left does it cost the job.
OPTIONAL_STAGES: dict[JobKind, frozenset[StageName]] = {
    JobKind.TRANSCRIPTION: frozenset({StageName.ALIGN, StageName.DIARIZE, StageName.ANALYSE}),
    JobKind.CLIPS: frozenset({StageName.ALIGN, StageName.DIARIZE}),
}


def job_progress(kind: JobKind, stage: StageName, stage_fraction: float) -> int:
    """Return the job's progress in percent, 0 to 99, while ``stage`` is ``stage_fraction`` (0 to 1) done.

    >>> job_progress(JobKind.TRANSCRIPTION, StageName.INGEST, 0.0)
    0
    >>> job_progress(JobKind.TRANSCRIPTION, StageName.TRANSCRIBE, 0.5)
    38
    """
    pipeline = PIPELINES[kind]
    total = sum(WEIGHTS[name] for name in pipeline)
    before = sum(WEIGHTS[name] for name in pipeline[: pipeline.index(stage)])
    done = before + WEIGHTS[stage] * min(max(stage_fraction, 0.0), 1.0)
    return min(int(100 * done / total), 99)


# However long a server asks us to stay away, a person who waits must not be forgotten for longer.
RETRY_AFTER_MOST = timedelta(hours=1)


def retry_delay(
    attempt: int, *, base: timedelta, cap: timedelta, jitter: float, asked: timedelta = timedelta(0)
) -> timedelta:
    """Return how long to wait after failed ``attempt`` (1 for the first): exponential with full jitter.

    ``jitter`` is a random number in [0, 1); the delay is ``jitter * min(cap, base * 2 ** (attempt - 1))``,
    at least a tenth of ``base``. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    Where a server ``asked`` us to wait, the delay comes after that, together at most ``RETRY_AFTER_MOST``.

    >>> retry_delay(1, base=timedelta(seconds=2), cap=timedelta(minutes=5), jitter=0.5).total_seconds()
    1.0
    >>> retry_delay(10, base=timedelta(seconds=2), cap=timedelta(minutes=5), jitter=0.5).total_seconds()
    150.0
    >>> asked = timedelta(seconds=60)
    >>> retry_delay(1, base=timedelta(seconds=2), cap=timedelta(minutes=5), jitter=0.5, asked=asked).total_seconds()
    61.0
    """
    ceiling = min(cap, base * 2.0 ** min(attempt - 1, 30))
    delay = max(base / 10, ceiling * jitter)
    return min(asked + delay, RETRY_AFTER_MOST) if asked > timedelta(0) else delay
