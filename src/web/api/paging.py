"""How lists are paged: ``?limit=&cursor=``."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="Most items on this page")]
Cursor = Annotated[
    str | None, QueryParameter(max_length=200, description="The next_cursor of the page before; absent for the first")
]
