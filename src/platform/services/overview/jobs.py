"""Everybody's jobs, for admins."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ... import db
from ...domain import pagination
from ...domain.lifecycle import JobKind, JobStatus
from ...errors import NotFound
from .. import job_views
from ..job_views import JobView


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose job it is."""

    id: UUID
    email: str


class AdminJob(JobView, frozen=True, kw_only=True):
    """A job with its owner. ``is_held``: it waits for another job of its owner to end. ``run`` counts retries."""

    user: Owner
    filename: str
    is_held: bool
    run: int
    worker: str | None


class AdminJobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of jobs, newest first."""

    items: list[AdminJob]
    next_cursor: str | None


class StageView(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a job; ``progress`` from 0 to 1."""

    name: str
    status: str
    progress: float
    attempts: int
    max_attempts: int
    queue: str
    due_at: datetime | None
    worker: str | None
    started_at: datetime | None
    finished_at: datetime | None


class AttemptError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a try failed."""

    code: str = ""
    message: str = ""
    hint: str = ""


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One try at a step."""

    stage: str
    run: int
    number: int
    worker: str
    engine: str | None
    outcome: str
    error: AttemptError | None
    started_at: datetime
    finished_at: datetime | None


class JobDetail(AdminJob, frozen=True, kw_only=True):
    """A job with its steps, and every attempt at them, the newest first."""

    stages: list[StageView]
    tries: list[AttemptView]


class JobFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs; all conditions must hold. ``user``: id or e-mail. ``q``: part of file name or e-mail, or the id."""

    status: JobStatus | None = None
    kind: JobKind | None = None
    engine: str | None = None
    user: str | None = None
    q: str | None = None


_SELECT = f"""
SELECT {job_views.COLUMNS}, j.run, j.status = 'pending' AND j.admitted_at IS NULL AS is_held, m.filename,
    u.id AS user_id, u.email,
    (SELECT s.worker FROM stages s WHERE s.job_id = j.id AND s.status = 'running' LIMIT 1) AS worker
FROM jobs j JOIN media m ON m.id = j.media_id JOIN users u ON u.id = j.user_id
"""  # noqa: S608 - constants

_PAGE = f"""{_SELECT}
WHERE ($1::text IS NULL OR j.status = $1) AND ($2::text IS NULL OR j.kind = $2)
    AND ($3::text IS NULL OR coalesce(j.engine_used, j.engine) = $3 OR j.engine = $3)
    AND ($4::text IS NULL OR u.email = lower($4) OR u.id::text = lower($4))
    AND ($5::text IS NULL OR position(lower($5) IN lower(m.filename)) > 0 OR position(lower($5) IN u.email) > 0
        OR j.id::text = lower($5))
    AND ($6::timestamptz IS NULL OR (j.created_at, j.id) < ($6, $7))
ORDER BY j.created_at DESC, j.id DESC LIMIT $8
"""


async def list_page(wanted: JobFilter, *, limit: int, cursor: str | None = None) -> AdminJobPage:
    """Return one page of everybody's jobs, newest first."""
    before = pagination.decode_position(cursor) if cursor else None
    rows = await db.fetch(
        _PAGE,
        *(value or None for value in (wanted.status, wanted.kind, wanted.engine, wanted.user, wanted.q)),
        before.created_at if before else None,
        before.id if before else None,
        limit + 1,
    )
    items = [AdminJob(**_values(row)) for row in rows[:limit]]
    more = len(rows) > limit
    next_cursor = pagination.encode_position(items[-1].created_at, items[-1].id) if more else None
    return AdminJobPage(items=items, next_cursor=next_cursor)


async def get(job_id: UUID) -> JobDetail:
    """Return one job with its steps and attempts.

    Raises:
        NotFound: there is none with this id.
    """
    row = await db.fetch_one(f"{_SELECT} WHERE j.id = $1", job_id)
    if row is None:
        raise NotFound("There is no such job.")
    stages = await db.fetch(_STAGES, job_id)
    tries = await db.fetch(_TRIES, job_id)
    return JobDetail(
        stages=[StageView(**dict(each)) for each in stages],
        tries=[_attempt(each) for each in tries],
        **_values(row),
    )


_STAGES = """
SELECT name, status, progress, attempts, max_attempts, queue, due_at, worker, started_at, finished_at
FROM stages WHERE job_id = $1 AND status <> 'skipped' ORDER BY position, started_at, id
"""

_TRIES = """
SELECT s.name AS stage, a.run, a.number, a.worker, a.engine, a.outcome, a.error, a.started_at, a.finished_at
FROM attempts a JOIN stages s ON s.id = a.stage_id WHERE s.job_id = $1 ORDER BY a.started_at DESC, a.id LIMIT 200
"""


def _attempt(row: db.Row) -> AttemptView:
    values: dict[str, Any] = dict(row)
    error = values.pop("error")
    return AttemptView(error=None if error is None else msgspec.json.decode(error, type=AttemptError), **values)


def _values(row: db.Row) -> dict[str, Any]:
    values: dict[str, Any] = dict(row)
    extra = {name: values.pop(name) for name in ("filename", "is_held", "run", "worker")}
    owner = Owner(id=values.pop("user_id"), email=values.pop("email"))
    job = job_views.of_row(values)
    # Not asdict: it would copy the nested structs' fields deeply for nothing.
    return {name: getattr(job, name) for name in job.__struct_fields__} | {"user": owner, **extra}
