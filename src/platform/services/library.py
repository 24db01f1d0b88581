"""A person's recordings and jobs side by side, as the pages show them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from .. import db
from ..domain import pagination
from ..domain.lifecycle import JobStatus, StageName
from ..errors import NotFound
from . import job_views, waiting
from .job_views import JobView
from .sessions import Identity


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A file; ``size`` in bytes, ``duration`` in seconds (None for text), ``is_deleted`` when only its jobs remain."""

    id: UUID
    filename: str
    kind: str
    size: int
    duration: float | None
    created_at: datetime
    is_deleted: bool


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A recording and one job of it: in the library the newest, if there is one.

    ``language`` is the one that was found, else the one that was asked for, None while nobody knows.
    """

    recording: Recording
    job: JobView | None
    language: str | None


class EntryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Entries, newest first; ``next_cursor`` is None on the last page."""

    items: list[Entry]
    next_cursor: str | None


class StageView(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a job; ``progress`` from 0 to 1, ``attempts`` so far; ``done`` of ``count``, where it makes clips."""

    name: str
    status: str
    progress: float
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    count: int = 1
    done: int = 0


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page of one job shows; ``stages`` in their order, skipped ones left out.

    ``waits_for``: why nothing happens at the moment, in words; None while it is worked on and after its end.
    """

    recording: Recording
    job: JobView
    stages: list[StageView]
    waits_for: str | None


_RECORDING = (
    "m.id AS m_id, m.filename AS m_filename, m.kind AS m_kind, m.size_bytes AS m_size,"
    " m.duration_seconds AS m_duration, m.created_at AS m_created_at, m.deleted_at IS NOT NULL AS m_is_deleted,"
    " coalesce((SELECT language FROM transcripts WHERE job_id = j.id ORDER BY version DESC LIMIT 1), j.language) AS"
    " found_language"
)
_FILTER = (
    " AND ($2::text IS NULL OR j.status = $2) AND ($3::text IS NULL OR position(lower($3) IN lower(m.filename)) > 0)"
)

_RECORDINGS = f"""
SELECT {job_views.COLUMNS}, {_RECORDING}
FROM media m LEFT JOIN LATERAL (
    SELECT * FROM jobs WHERE media_id = m.id ORDER BY created_at DESC, id DESC LIMIT 1
) j ON true
WHERE m.user_id = $1 AND m.deleted_at IS NULL {_FILTER}
  AND ($4::timestamptz IS NULL OR (m.created_at, m.id) < ($4, $5))
ORDER BY m.created_at DESC, m.id DESC LIMIT $6
"""  # noqa: S608 - constants

_JOBS = f"""
SELECT {job_views.COLUMNS}, {_RECORDING}
FROM jobs j JOIN media m ON m.id = j.media_id
WHERE j.user_id = $1 {_FILTER}
  AND ($4::timestamptz IS NULL OR (j.created_at, j.id) < ($4, $5))
ORDER BY j.created_at DESC, j.id DESC LIMIT $6
"""  # noqa: S608 - constants

_ONE = f"""
SELECT {job_views.COLUMNS}, {_RECORDING} FROM jobs j JOIN media m ON m.id = j.media_id
WHERE j.id = $1 AND j.user_id = $2
"""  # noqa: S608 - constants


# The renderings of all clips are one step to look at: at work while one is, failed only if all are.
_STAGES = """
SELECT name, count(*) AS count, count(*) FILTER (WHERE status = 'completed') AS done, avg(progress) AS progress,
    max(attempts) AS attempts, min(started_at) AS started_at, max(finished_at) AS finished_at,
    (array_agg(status ORDER BY array_position(
        ARRAY['running', 'queued', 'waiting', 'completed', 'failed', 'cancelled'], status::text)))[1] AS status
FROM stages WHERE job_id = $1 AND status <> 'skipped' GROUP BY name, position ORDER BY position
"""


async def recordings(
    who: Identity, *, limit: int, cursor: str | None = None, status: JobStatus | None = None, q: str | None = None
) -> EntryPage:
    """Return one page of the recordings, each with its newest job; ``q`` is looked for in the file names.

    Raises:
        BadInput: the cursor is not one of ours.
    """
    entries = await _entries(_RECORDINGS, who, limit, cursor, status, q)
    return _page(entries, limit, [(entry.recording.created_at, entry.recording.id) for entry in entries])


async def jobs(
    who: Identity, *, limit: int, cursor: str | None = None, status: JobStatus | None = None, q: str | None = None
) -> EntryPage:
    """Return one page of the jobs, also of deleted recordings; otherwise as ``recordings``."""
    entries = await _entries(_JOBS, who, limit, cursor, status, q)
    return _page(entries, limit, [(entry.job.created_at, entry.job.id) for entry in entries if entry.job])


async def entry(who: Identity, job_id: UUID) -> Entry:
    """Return one job with its recording.

    Raises:
        NotFound: the caller has no such job.
    """
    row = await db.fetch_one(_ONE, job_id, who.user_id)
    if row is None:
        raise NotFound("There is no such job.")
    return _entry(row)


async def detail(who: Identity, job_id: UUID) -> Detail:
    """Return one job with its recording and stages; errors as in ``entry``."""
    found = await entry(who, job_id)
    assert found.job is not None, "entry() is about a job"  # noqa: S101 - for the type checker
    rows = await db.fetch(_STAGES, job_id)
    return Detail(
        recording=found.recording,
        job=found.job,
        stages=_to_look_at([StageView(**dict(row)) for row in rows]),
        waits_for=await waiting.why(job_id),
    )


def _to_look_at(stages: list[StageView]) -> list[StageView]:
    """Return the steps with the rendering of clips that are not chosen yet, so that nobody thinks it is forgotten."""
    names = [stage.name for stage in stages]
    if StageName.SELECT not in names or StageName.RENDER in names:
        return stages
    place = names.index(StageName.SELECT) + 1
    to_come = StageView(
        name=StageName.RENDER, status="waiting", progress=0.0, attempts=0, started_at=None, finished_at=None
    )
    return [*stages[:place], to_come, *stages[place:]]


async def _entries(
    sql: str, who: Identity, limit: int, cursor: str | None, status: JobStatus | None, q: str | None
) -> list[Entry]:
    before = pagination.decode_position(cursor) if cursor else None
    rows = await db.fetch(
        sql, who.user_id, status, q or None, before.created_at if before else None, before.id if before else None,
        limit + 1,
    )  # fmt: skip
    return [_entry(row) for row in rows]


def _page(entries: list[Entry], limit: int, positions: list[tuple[datetime, UUID]]) -> EntryPage:
    more = len(entries) > limit
    cursor = pagination.encode_position(*positions[limit - 1]) if more else None
    return EntryPage(items=entries[:limit], next_cursor=cursor)


def _entry(row: db.Row) -> Entry:
    values = dict(row)
    recording = Recording(**{name: values.pop(f"m_{name}") for name in Recording.__struct_fields__})
    language = values.pop("found_language")
    job = job_views.of_row(values) if values["id"] is not None else None
    return Entry(recording=recording, job=job, language=language)
