"""``/api/v1/quotes`` and ``/api/v1/jobs``."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from ...platform.domain.lifecycle import JobKind, JobStatus
from ...platform.domain.pricing import Quote
from ...platform.services import jobs as work
from ...platform.services import runs
from ...platform.services.job_views import JobPage, JobView
from ...platform.services.jobs import NewJob
from ..guards import Caller
from ..problems import documented
from . import repeats
from .paging import Cursor, Limit
from .repeats import IdempotencyKey


@post("/quotes", status_code=200, tags=["Jobs"], opt={"scope": "read"}, responses=documented(404))
async def quote(data: JSONBody[NewJob], identity: Caller) -> Quote:
    """Say what a job would cost, item by item; makes nothing."""
    return await work.quote(identity, data)


@post("/jobs", status_code=202, tags=["Jobs"], responses=documented(402, 404))
async def create(
    request: Request[Any, Any, Any],
    data: JSONBody[NewJob],
    identity: Caller,
    idempotency_key: IdempotencyKey = None,
) -> Response[JobView]:
    """Accept a job; it begins at once, `Location` says where to follow it."""
    return await repeats.once(
        request,
        identity,
        idempotency_key,
        lambda: work.create(identity, data),
        status=202,
        location="/api/v1/jobs/{id}",
    )


@get("/jobs", tags=["Jobs"])
async def list_jobs(
    identity: Caller,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: FromQuery[JobStatus | None] = None,
    kind: FromQuery[JobKind | None] = None,
    q: Annotated[str | None, QueryParameter(max_length=255, description="Part of the file's name")] = None,
) -> JobPage:
    """List the jobs, newest first."""
    return await work.list_page(identity, limit=limit, cursor=cursor, status=status, kind=kind, q=q)


@get("/jobs/{job_id:uuid}", tags=["Jobs"])
async def get_job(job_id: FromPath[UUID], identity: Caller) -> JobView:
    """Return a job as it stands."""
    return await work.get(identity, job_id)


@delete("/jobs/{job_id:uuid}", status_code=200, tags=["Jobs"], responses=documented(409))
async def cancel(job_id: FromPath[UUID], identity: Caller) -> JobView:
    """Cancel a job: its work stops within seconds, its held credits come back."""
    return await runs.cancel(identity, job_id)


@post("/jobs/{job_id:uuid}/retry", status_code=202, tags=["Jobs"], responses=documented(402, 409))
async def retry(job_id: FromPath[UUID], identity: Caller) -> Response[JobView]:
    """Run again what failed or was cancelled; what succeeded before is kept."""
    job = await runs.retry(identity, job_id)
    return Response(job, status_code=202, headers={"Location": _address(job.id)})


def _address(job_id: UUID) -> str:
    return f"/api/v1/jobs/{job_id}"


handlers = (quote, create, list_jobs, get_job, cancel, retry)
