"""``/api/v1/admin/dead-letters``: what failed for good, to look at."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, route
from litestar.di import NamedDependency, Provide
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from ....platform.errors import BadInput
from ....platform.services.dead_letters import detail, export, groups, listing, totals
from ....platform.services.dead_letters.detail_views import Letter
from ....platform.services.dead_letters.filters import Filter, Status
from ....platform.services.dead_letters.groups import GroupPage, GroupSort
from ....platform.services.dead_letters.listing import LetterPage
from ....platform.services.dead_letters.places import Sort
from ....platform.services.dead_letters.totals import Totals
from ... import downloads
from ...problems import documented
from .. import queries
from ..paging import Cursor, Limit

_Text = Annotated[str | None, QueryParameter(min_length=1, max_length=200)]
_Words = Annotated[
    str | None,
    QueryParameter(
        min_length=1, max_length=200, description="Beginnings of words of job id, file name, user and error text"
    ),
]
_User = Annotated[str | None, QueryParameter(min_length=1, max_length=200, description="E-mail address of the owner")]
_Times = Annotated[int | None, QueryParameter(ge=0, le=1_000_000, description="How often the step was tried")]
_Muted = Annotated[bool, QueryParameter(description="Also letters of groups that are muted")]
_Since = Annotated[datetime | None, QueryParameter(description="Failed at this moment or later, with its time zone")]
_Until = Annotated[datetime | None, QueryParameter(description="Failed before this moment, with its time zone")]


def _chosen(
    status: FromQuery[Status] = "open",
    kind: _Text = None,
    stage: _Text = None,
    code: _Text = None,
    engine: _Text = None,
    priority: _Text = None,
    user: _User = None,
    worker: _Text = None,
    fingerprint: _Text = None,
    attempts: _Times = None,
    reviewed: FromQuery[bool | None] = None,
    assigned_to: FromQuery[UUID | None] = None,
    muted: _Muted = False,
    since: _Since = None,
    until: _Until = None,
    q: _Words = None,
) -> Filter:
    """Return the filter that the query asks for."""
    for name, moment in (("since", since), ("until", until)):
        if moment is not None and moment.tzinfo is None:
            errors = [{"field": name, "message": "Must have a time zone, as in 2026-01-31T18:00:00Z."}]
            raise BadInput("The request has values that cannot be used.", errors=errors)
    return Filter(
        status=status,
        kind=kind,
        stage=stage,
        code=code,
        engine=engine,
        priority=priority,
        user=user,
        worker=worker,
        fingerprint=fingerprint,
        attempts=attempts,
        reviewed=reviewed,
        assigned_to=assigned_to,
        muted=muted,
        since=since,
        until=until,
        q=q,
    )


Chosen = NamedDependency[Filter]
_FILTERED: dict[str, Any] = {
    "tags": ["Administration"],
    "guards": [queries.all_known],
    "opt": {"query": Filter.__struct_fields__},
    "dependencies": {"chosen": Provide(_chosen, sync_to_thread=False)},
}


@get("/admin/dead-letters", **_FILTERED)
async def list_letters(
    chosen: Chosen, sort: FromQuery[Sort] = "newest", limit: Limit = 50, cursor: Cursor = None
) -> LetterPage:
    """List what failed for good and waits for a person, with the exact number of all that match."""
    return await listing.list_page(chosen, sort=sort, limit=limit, cursor=cursor)


@get("/admin/dead-letters/groups", **_FILTERED)
async def list_groups(
    chosen: Chosen,
    sort: FromQuery[GroupSort] = "count",
    limit: Limit = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
) -> GroupPage:
    """List the causes: failures that differ only in details, counted together."""
    return await groups.groups(chosen, sort=sort, limit=limit, cursor=cursor)


@get("/admin/dead-letters/totals", **_FILTERED)
async def sum_up(chosen: Chosen) -> Totals:
    """Return how many there are, since when, how many come per hour, and their shares."""
    return await totals.totals(chosen)


_FILE = ResponseSpec(bytes, generate_examples=False, media_type="*/*", description="CSV, or one JSON object a line")
# The response itself adds the charset to text.
_TYPES = {"csv": "text/csv", "json": "application/x-ndjson"}


@get("/admin/dead-letters/export", responses={200: _FILE}, **_FILTERED)
async def export_letters(chosen: Chosen, format: FromQuery[export.Format] = "csv") -> Stream:
    """Send all that match as a file, newest first."""
    suffix = "csv" if format == "csv" else "jsonl"
    headers = {"Content-Disposition": f'attachment; filename="dead-letters.{suffix}"', "Cache-Control": "no-store"}
    return Stream(await export.stream(chosen, format), media_type=_TYPES[format], headers=headers)


@get("/admin/dead-letters/{letter_id:uuid}", tags=["Administration"], guards=[queries.all_known])
async def get_letter(letter_id: FromPath[UUID]) -> Letter:
    """Return one with all that is known: attempts, steps, request, recording, credits."""
    return await detail.get(letter_id)


_SOURCE = ResponseSpec(bytes, generate_examples=False, media_type="*/*", description="The bytes")
_ELSEWHERE = ResponseSpec(None, description="Where it is")
_KNOWN = ResponseSpec(None, description="The ETag of If-None-Match is still right")


@route(
    "/admin/dead-letters/{letter_id:uuid}/source",
    http_method=["GET", "HEAD"],
    tags=["Administration"],
    guards=[queries.all_known],
    responses={200: _SOURCE, 206: _SOURCE, 304: _KNOWN, 307: _ELSEWHERE, **documented(416)},
)
async def source(request: Request[Any, Any, Any], letter_id: FromPath[UUID]) -> Response[Any]:
    """Send the recording of the job that failed, or the part that `Range` asks for, or say where it is (S3)."""
    return downloads.answer(request, await detail.source(letter_id))


handlers = (list_letters, list_groups, sum_up, export_letters, get_letter, source)
