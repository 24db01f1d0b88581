"""The frame of the admin area: navigation, what is stopped, alerts."""

from __future__ import annotations

from litestar.response import Template

from ....platform.services import overview
from .. import view
from ..view import Values


async def page(name: str, values: Values, *, section: str, status: int = 200) -> Template:
    """Return ``templates/admin/<name>.html``, which extends ``admin/base.html``.

    ``section`` is the part of the address behind ``/admin`` ("" for the overview), for the navigation.
    """
    frame = await overview.frame.current()
    return view.page(f"admin/{name}", {**values, "frame": frame, "section": section}, status=status)


def part(name: str, values: Values) -> Template:
    """Return the part of a page ``templates/admin/<name>.html``, which has one root with an id."""
    return view.page(f"admin/{name}", values)
