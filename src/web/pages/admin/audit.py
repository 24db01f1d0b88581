"""``/admin/audit``: who did what, and why."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Template

from ....platform.services import audit
from ....platform.services.audit import EntryFilter
from . import frame

Text = Annotated[str, QueryParameter(max_length=320)]
Position = Annotated[str | None, QueryParameter(max_length=200)]
_PAGE_SIZE = 50


@get("/admin/audit")
async def show(
    actor: Text = "", action: Text = "", subject_kind: Text = "", subject_id: Text = "", cursor: Position = None
) -> Template:
    """List what administrators did, newest first."""
    asked = {"actor": actor.strip(), "action": action.strip(), "subject_kind": subject_kind, "subject_id": subject_id}
    given = {name: value for name, value in asked.items() if value}
    found = await audit.list_page(EntryFilter(**given), limit=_PAGE_SIZE, cursor=cursor)
    values = {"found": found, "asked": asked, "kept": urlencode(given), "is_first": cursor is None}
    return await frame.page("audit", values, section="/audit")


handlers = (show,)
