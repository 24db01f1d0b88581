"""Pages that are dialogs where there is a script: htmx gets the part alone, everyone else a page around it."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.response import Template

from ....platform.errors import ReelscribeError
from .. import view
from ..view import Values
from . import frame


async def show(
    request: Request[Any, Any, Any],
    name: str,
    values: Values,
    *,
    title: str,
    section: str = "/dead-letters",
    problem: ReelscribeError | None = None,
) -> Template:
    """Return ``templates/admin/<name>.html``, which has one root with an id, alone or on a page of its own."""
    is_dialog = bool(request.headers.get("hx-request"))
    known = {**values, "problem": problem, "is_dialog": is_dialog}
    status = problem.status if problem else 200
    if is_dialog:
        return view.page(f"admin/{name}", known, status=status)
    known |= {"part": f"admin/{name}.html", "part_title": title}
    return await frame.page("dialog_page", known, section=section, status=status)
