"""What the API says about a job."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from .. import db
from ..domain.lifecycle import JobKind, JobStatus, StageName


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """Something went less than well, but the job goes on."""

    code: str
    stage: str
    message: str


class JobError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job or a stage failed, in words for its owner; ``hint`` says what to do."""

    code: str
    stage: str
    message: str
    hint: str


class Credits(msgspec.Struct, frozen=True, kw_only=True):
    """What a job costs: as quoted, as set aside now, as charged at the end."""

    quoted: Decimal
    held: Decimal
    charged: Decimal


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the API shows it; ``progress`` in percent."""

    id: UUID
    kind: JobKind
    status: JobStatus
    stage: StageName
    progress: int
    media_id: UUID
    engine: str
    model: str | None
    language: str | None
    mode: str
    priority: str
    features: msgspec.Raw
    credits: Credits
    warnings: list[Warned]
    error: JobError | None
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of jobs, newest first."""

    items: list[JobView]
    next_cursor: str | None


COLUMNS = (
    "j.id, j.kind, j.status, j.stage, j.progress, j.media_id, j.engine, coalesce(j.model_used, j.model) AS model,"
    " j.language, j.mode, j.priority, j.features, j.credits_quoted, j.credits_held, j.credits_charged, j.warnings,"
    " j.error, j.attempts, j.created_at, j.started_at, j.finished_at"
)


def of_row(row: db.Row) -> JobView:
    """Return the view of a row that was selected with ``COLUMNS``."""
    values: dict[str, Any] = dict(row)
    credits = Credits(
        quoted=values.pop("credits_quoted"),
        held=values.pop("credits_held"),
        charged=values.pop("credits_charged"),
    )
    error = values.pop("error")
    return JobView(
        kind=JobKind(values.pop("kind")),
        status=JobStatus(values.pop("status")),
        stage=StageName(values.pop("stage")),
        features=msgspec.Raw(values.pop("features")),
        warnings=msgspec.json.decode(values.pop("warnings"), type=list[Warned]),
        error=None if error is None else msgspec.json.decode(error, type=JobError),
        credits=credits,
        **values,
    )
