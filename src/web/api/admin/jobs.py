"""``/api/v1/admin/jobs``: everybody's jobs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from ....platform.domain.lifecycle import JobKind, JobStatus
from ....platform.services import runs
from ....platform.services.overview import jobs
from ....platform.services.overview.jobs import AdminJobPage, JobDetail, JobFilter
from ...guards import Caller
from ...problems import documented
from ..paging import Cursor, Limit

Engine = Annotated[str | None, QueryParameter(max_length=32)]
User = Annotated[str | None, QueryParameter(max_length=320, description="Id or e-mail address of the owner")]
Query = Annotated[
    str | None, QueryParameter(max_length=255, description="Part of file name or e-mail, or the job's id")
]


class Cancel(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why; for the audit log."""

    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


@get("/admin/jobs", tags=["Administration"])
async def list_jobs(
    limit: Limit = 50,
    cursor: Cursor = None,
    status: FromQuery[JobStatus | None] = None,
    kind: FromQuery[JobKind | None] = None,
    engine: Engine = None,
    user: User = None,
    q: Query = None,
) -> AdminJobPage:
    """List everybody's jobs, newest first."""
    wanted = JobFilter(status=status, kind=kind, engine=engine, user=user, q=q)
    return await jobs.list_page(wanted, limit=limit, cursor=cursor)


@get("/admin/jobs/{job_id:uuid}", tags=["Administration"])
async def get_job(job_id: FromPath[UUID]) -> JobDetail:
    """Return a job with its steps and attempts."""
    return await jobs.get(job_id)


@post("/admin/jobs/{job_id:uuid}/cancel", status_code=200, tags=["Administration"], responses=documented(404, 409))
async def cancel(job_id: FromPath[UUID], data: JSONBody[Cancel], identity: Caller) -> JobDetail:
    """Cancel anybody's job: its work stops within seconds, the held credits go back to its owner."""
    await runs.cancel_any(identity, job_id, reason=data.reason)
    return await jobs.get(job_id)


handlers = (list_jobs, get_job, cancel)
