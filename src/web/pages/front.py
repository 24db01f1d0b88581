"""``/``: the library for who is signed in, a welcome for strangers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from ...platform.domain.lifecycle import JobStatus
from ...platform.services import credits, library, media
from ...platform.services.sessions import Identity
from ...platform.settings import current
from ..guards import PUBLIC, Caller, Visitor
from . import view

Query = Annotated[str, QueryParameter(max_length=255)]
Position = Annotated[str | None, QueryParameter(max_length=200)]
Status = Annotated[str, QueryParameter(max_length=20)]

_PAGE_SIZE = 25


@get("/", opt=PUBLIC)
async def home(visitor: Visitor, q: Query = "", status: Status = "", cursor: Position = None) -> Template:
    """Show the recordings, newest first."""
    if visitor is None:
        return view.page("landing", {"signup": current().allow_signup, "grant": current().signup_credits})
    found = await library.recordings(visitor, limit=_PAGE_SIZE, cursor=cursor, status=_known(status), q=q)
    return await _list("library", visitor, found, q=q, status=status, cursor=cursor)


@get("/jobs")
async def jobs(identity: Caller, q: Query = "", status: Status = "", cursor: Position = None) -> Template:
    """Show the jobs, newest first, also those of deleted recordings."""
    found = await library.jobs(identity, limit=_PAGE_SIZE, cursor=cursor, status=_known(status), q=q)
    return await _list("jobs", identity, found, q=q, status=status, cursor=cursor)


@post("/recordings/{media_id:uuid}/delete", status_code=303)
async def delete_recording(media_id: FromPath[UUID], identity: Caller) -> Redirect:
    """Remove a recording; its transcripts stay."""
    await media.delete(identity.user_id, media_id)
    return view.see("/")


async def _list(
    name: str, who: Identity, found: library.EntryPage, *, q: str, status: str, cursor: str | None
) -> Template:
    balance = await credits.balance(who.user_id)
    values = {"found": found, "balance": balance, "q": q, "status": status, "is_first": cursor is None}
    return view.page(name, values)


def _known(status: str) -> JobStatus | None:
    return JobStatus(status) if status in set(JobStatus) else None


handlers = (home, jobs, delete_recording)
