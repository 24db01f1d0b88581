"""``/admin/jobs``: everybody's jobs."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Template

from ....platform.domain.lifecycle import JobKind, JobStatus
from ....platform.errors import Conflict
from ....platform.services import engines, runs
from ....platform.services.overview import jobs
from ....platform.services.overview.jobs import JobFilter
from ...guards import Caller
from .. import view
from . import frame

Text = Annotated[str, QueryParameter(max_length=320)]
Position = Annotated[str | None, QueryParameter(max_length=200)]
_PAGE_SIZE = 50


class Reason(msgspec.Struct, kw_only=True):
    """Why somebody's job is cancelled."""

    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


@get("/admin/jobs")
async def show(
    q: Text = "", status: Text = "", kind: Text = "", engine: Text = "", user: Text = "", cursor: Position = None
) -> Template:
    """List everybody's jobs, newest first."""
    asked = {"q": q.strip(), "status": status, "kind": kind, "engine": engine, "user": user.strip()}
    found = await jobs.list_page(_filter(asked), limit=_PAGE_SIZE, cursor=cursor)
    kept = urlencode({name: value for name, value in asked.items() if value})
    values = {"found": found, "asked": asked, "kept": kept, "is_first": cursor is None, "engines": _engines()}
    return await frame.page("jobs", values, section="/jobs")


@get("/admin/jobs/{job_id:uuid}")
async def show_one(job_id: FromPath[UUID]) -> Template:
    """Show a job with its steps and attempts."""
    return await _page(job_id)


@post("/admin/jobs/{job_id:uuid}/cancel", status_code=303)
async def cancel(job_id: FromPath[UUID], data: URLEncodedBody[Reason], identity: Caller) -> Response[Any]:
    """Cancel somebody's job."""
    try:
        await runs.cancel_any(identity, job_id, reason=data.reason.strip())
    except Conflict as exc:
        return await _page(job_id, problem=exc)
    return view.see(f"/admin/jobs/{job_id}")


async def _page(job_id: UUID, *, problem: Conflict | None = None) -> Template:
    values = {"job": await jobs.get(job_id), "problem": problem}
    return await frame.page("job", values, section="/jobs", status=problem.status if problem else 200)


def _filter(asked: dict[str, str]) -> JobFilter:
    """Return the filter; a value that means nothing asks nothing."""
    return JobFilter(
        status=JobStatus(asked["status"]) if asked["status"] in set(JobStatus) else None,
        kind=JobKind(asked["kind"]) if asked["kind"] in set(JobKind) else None,
        **{name: asked[name] or None for name in ("engine", "user", "q")},
    )


def _engines() -> list[str]:
    return [offer.name for offer in engines.offered()]


handlers = (show, show_one, cancel)
