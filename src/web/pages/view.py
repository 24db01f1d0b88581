"""Pages and parts of pages out of templates."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import MediaType
from litestar.response import Redirect, Template

# What a signed-in person sees must not come out of a shared cache, nor after they signed out.
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}


Values = Mapping[str, object]


def page(name: str, values: Values, *, status: int = 200) -> Template:
    """Return the page ``templates/<name>.html``."""
    return _render(f"{name}.html", values, status)


def partial(name: str, values: Values) -> Template:
    """Return the part of a page ``templates/partials/<name>.html``, which has one root with an id."""
    return _render(f"partials/{name}.html", values, 200)


def see(path: str) -> Redirect:
    """Send the browser on after a form, so that reloading does not send the form again."""
    return Redirect(path, status_code=303)


def _render(name: str, values: Values, status: int) -> Template:
    return Template(name, context=dict(values), status_code=status, headers=_PRIVATE, media_type=MediaType.HTML)
