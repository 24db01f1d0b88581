"""``/api/v1/admin/audit``: who did what."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from ....platform.services import audit
from ....platform.services.audit import EntryFilter, EntryPage
from .. import queries
from ..paging import Cursor, Limit

_Text = Annotated[str | None, QueryParameter(max_length=200)]
_Actor = Annotated[str | None, QueryParameter(max_length=200, description="E-mail address of who did it")]
_Action = Annotated[str | None, QueryParameter(max_length=64, description="Such as dead_letter.requeue")]


@get("/admin/audit", tags=["Administration"], guards=[queries.all_known])
async def list_entries(
    limit: Limit = 50,
    cursor: Cursor = None,
    actor: _Actor = None,
    action: _Action = None,
    subject_kind: _Text = None,
    subject_id: _Text = None,
) -> EntryPage:
    """List what administrators did, newest first."""
    wanted = EntryFilter(actor=actor, action=action, subject_kind=subject_kind, subject_id=subject_id)
    return await audit.list_page(wanted, limit=limit, cursor=cursor)


handlers = (list_entries,)
