"""``/api/v1/admin/dead-letters/bulk``: one action on many failures, and how it goes."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from ....platform.services.dead_letters import bulk as work
from ....platform.services.dead_letters import bulk_preview, bulk_views
from ....platform.services.dead_letters.bulk import Action, Options, Rate, Selection
from ....platform.services.dead_letters.bulk_preview import BulkPreview
from ....platform.services.dead_letters.bulk_views import BulkPage, BulkView, ItemPage
from ....platform.services.dead_letters.filters import Filter
from ...guards import Caller
from ...problems import documented
from .. import repeats
from ..paging import Cursor, Limit
from ..repeats import IdempotencyKey
from .dead_letter_actions import Needed, Why

Bulk = FromPath[UUID]
Ids = Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=10_000)]


class Question(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What to do with which ones: those of `ids`, or all that match `filter`."""

    action: Action
    filter: Filter | None = None
    ids: Ids | None = None
    options: Options = Options()

    @property
    def selection(self) -> Selection:
        """Which ones."""
        return Selection(filter=self.filter, ids=self.ids)


class Order(Question, kw_only=True, forbid_unknown_fields=True):
    """As a question, with the reason; `confirm` is the number of matching ones as text, needed above 50."""

    reason: Needed
    rate_per_second: Rate | None = None
    confirm: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class Speed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How many a second; null: without a limit."""

    rate_per_second: Rate | None


@post("/admin/dead-letters/bulk/preview", status_code=200, tags=["Administration"], responses=documented(404))
async def preview(data: JSONBody[Question], identity: Caller) -> BulkPreview:
    """Count what matches and what can be done, and add up the credits; does nothing."""
    return await bulk_preview.preview(identity, data.action, data.selection, data.options)


@post("/admin/dead-letters/bulk", status_code=202, tags=["Administration"], responses=documented(404))
async def start(
    request: Request[Any, Any, Any],
    data: JSONBody[Order],
    identity: Caller,
    idempotency_key: IdempotencyKey = None,
) -> Response[BulkView]:
    """Begin; which ones are meant is fixed now, `Location` says where to follow it."""
    return await repeats.once(
        request,
        identity,
        idempotency_key,
        lambda: work.start(
            identity,
            data.action,
            data.selection,
            data.options,
            reason=data.reason,
            rate_per_second=data.rate_per_second,
            confirm=data.confirm,
        ),
        status=202,
        location="/api/v1/admin/dead-letters/bulk/{id}",
    )


@get("/admin/dead-letters/bulk", tags=["Administration"])
async def list_actions(limit: Limit = 50, cursor: Cursor = None) -> BulkPage:
    """List the bulk actions, newest first."""
    return await bulk_views.list_page(limit=limit, cursor=cursor)


@get("/admin/dead-letters/bulk/{bulk_id:uuid}", tags=["Administration"])
async def get_action(bulk_id: Bulk) -> BulkView:
    """Return how an action goes: counts, speed, and the first ones that were skipped."""
    return await bulk_views.get(bulk_id)


@get("/admin/dead-letters/bulk/{bulk_id:uuid}/items", tags=["Administration"])
async def list_items(
    bulk_id: Bulk,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: FromQuery[Literal["pending", "done", "skipped"] | None] = None,
) -> ItemPage:
    """List what an action is about, in its order; `outcome` says why one was skipped."""
    return await bulk_views.items(bulk_id, limit=limit, cursor=cursor, status=status)


@post(
    "/admin/dead-letters/bulk/{bulk_id:uuid}/pause",
    status_code=200,
    tags=["Administration"],
    responses=documented(404, 409),
)
async def pause(bulk_id: Bulk, data: JSONBody[Why], identity: Caller) -> BulkView:
    """Let it rest; what is being moved at this moment is finished."""
    return await work.pause(identity, bulk_id, reason=data.reason)


@post(
    "/admin/dead-letters/bulk/{bulk_id:uuid}/resume",
    status_code=200,
    tags=["Administration"],
    responses=documented(404, 409),
)
async def resume(bulk_id: Bulk, data: JSONBody[Why], identity: Caller) -> BulkView:
    """Go on with what is left of a paused or stopped action."""
    return await work.resume(identity, bulk_id, reason=data.reason)


@post(
    "/admin/dead-letters/bulk/{bulk_id:uuid}/stop",
    status_code=200,
    tags=["Administration"],
    responses=documented(404, 409),
)
async def stop(bulk_id: Bulk, data: JSONBody[Why], identity: Caller) -> BulkView:
    """End it; what was moved stays moved, what is left can still be resumed."""
    return await work.stop(identity, bulk_id, reason=data.reason)


@post(
    "/admin/dead-letters/bulk/{bulk_id:uuid}/rate",
    status_code=200,
    tags=["Administration"],
    responses=documented(404, 409),
)
async def change_rate(bulk_id: Bulk, data: JSONBody[Speed], identity: Caller) -> BulkView:
    """Go faster or slower from now on."""
    return await work.change_rate(identity, bulk_id, data.rate_per_second)


handlers = (preview, start, list_actions, get_action, list_items, pause, resume, stop, change_rate)
