"""``/admin/bulk``: one action on many dead letters, looked at before, followed while it goes."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Template

from ....platform.errors import Conflict, ReelscribeError
from ....platform.services.dead_letters import admins, bulk, bulk_preview, bulk_views
from ....platform.services.overview import engines
from ....platform.services.sessions import Identity
from ...guards import Caller
from .. import view
from . import dialogs, frame
from .bulk_form import BulkForm, Speed

Position = Annotated[str | None, QueryParameter(max_length=200)]
Shown = Annotated[str, QueryParameter(max_length=20)]
_SECTION = "/bulk"
_PAGE_SIZE = 50
_STATUSES = ("pending", "done", "skipped")


class RateForm(msgspec.Struct, kw_only=True):
    """How fast to go on."""

    rate: Speed = ""


@get("/admin/bulk")
async def show_all(cursor: Position = None) -> Template:
    """Show all bulk actions, newest first."""
    found = await bulk_views.list_page(limit=_PAGE_SIZE, cursor=cursor)
    return await frame.page("bulk_list", {"found": found, "is_first": cursor is None}, section=_SECTION)


@post("/admin/bulk/preview", status_code=200)
async def preview(request: Request[Any, Any, Any], data: URLEncodedBody[BulkForm], identity: Caller) -> Template:
    """Show what it would do, before anybody begins it."""
    return await _preview(request, identity, data)


@post("/admin/bulk", status_code=303)
async def start(request: Request[Any, Any, Any], data: URLEncodedBody[BulkForm], identity: Caller) -> Response[Any]:
    """Begin it, or say what is missing."""
    try:
        begun = await _start(identity, data)
    except ReelscribeError as exc:
        return await _preview(request, identity, data, problem=exc)
    return view.see(f"/admin/bulk/{begun.id}")


@get("/admin/bulk/{bulk_id:uuid}")
async def show(bulk_id: FromPath[UUID], items: Shown = "", cursor: Position = None) -> Template:
    """Show how an action goes and what came of it."""
    return await _page(bulk_id, items, cursor)


@get("/admin/bulk/{bulk_id:uuid}/progress")
async def progress(bulk_id: FromPath[UUID]) -> Template:
    """Show only how far it is."""
    return frame.part("bulk_progress", {"bulk": await bulk_views.get(bulk_id)})


@post("/admin/bulk/{bulk_id:uuid}/pause", status_code=303)
async def pause(bulk_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """Let it rest."""
    return await _changed(bulk_id, bulk.pause(identity, bulk_id))


@post("/admin/bulk/{bulk_id:uuid}/resume", status_code=303)
async def resume(bulk_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """Go on with what is left."""
    return await _changed(bulk_id, bulk.resume(identity, bulk_id))


@post("/admin/bulk/{bulk_id:uuid}/stop", status_code=303)
async def stop(bulk_id: FromPath[UUID], identity: Caller) -> Response[Any]:
    """End it before it is through."""
    return await _changed(bulk_id, bulk.stop(identity, bulk_id))


@post("/admin/bulk/{bulk_id:uuid}/rate", status_code=303)
async def change_rate(bulk_id: FromPath[UUID], data: URLEncodedBody[RateForm], identity: Caller) -> Response[Any]:
    """Go faster or slower."""
    return await _changed(bulk_id, bulk.change_rate(identity, bulk_id, float(data.rate or 0) or None))


async def _start(who: Identity, form: BulkForm) -> bulk_views.BulkView:
    return await bulk.start(
        who,
        form.action,
        form.selection(),
        form.options(),
        reason=form.reason,
        rate_per_second=form.rate_per_second(),
        confirm=form.confirm or None,
    )


async def _preview(
    request: Request[Any, Any, Any], who: Identity, form: BulkForm, *, problem: ReelscribeError | None = None
) -> Template:
    seen = None
    try:
        seen = await bulk_preview.preview(who, form.action, form.selection(), form.options())
    except ReelscribeError as exc:
        problem = problem or exc
    values = {
        "form": form,
        "seen": seen,
        "back": f"/admin/dead-letters?{form.q}" if form.q else "/admin/dead-letters",
        "admins": await admins.list_all(),
        "engines": [engine.name for engine in await engines.look()],
        "me": who.email,
    }
    return await dialogs.show(request, "bulk_preview", values, title="Look before you start", problem=problem)


async def _changed(bulk_id: UUID, change: Awaitable[object]) -> Response[Any]:
    try:
        await change
    except Conflict as exc:
        return await _page(bulk_id, problem=exc)
    return view.see(f"/admin/bulk/{bulk_id}")


async def _page(
    bulk_id: UUID, items: str = "", cursor: str | None = None, *, problem: ReelscribeError | None = None
) -> Template:
    status = items if items in _STATUSES else None
    values = {
        "bulk": await bulk_views.get(bulk_id),
        "items": await bulk_views.items(bulk_id, limit=_PAGE_SIZE, cursor=cursor, status=status),
        "shown": status or "",
        "is_first": cursor is None,
        "problem": problem,
    }
    return await frame.page("bulk", values, section=_SECTION, status=problem.status if problem else 200)


handlers = (show_all, preview, start, show, progress, pause, resume, stop, change_rate)
