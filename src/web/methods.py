"""Which methods an address takes, for the answer to ``OPTIONS``.

Litestar answers for one of the handlers at an address only, though several may share it.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.routes import HTTPRoute
from litestar.types import Message, Scope


async def correct(message: Message, scope: Scope) -> None:
    """Name all methods in the ``Allow`` header of an answer to ``OPTIONS``."""
    if message["type"] == "http.response.start" and scope.get("method") == "OPTIONS":
        allowed = _by_template(scope["litestar_app"]).get(scope.get("path_template", ""))
        if allowed is not None:
            MutableScopeHeaders.from_message(message)["Allow"] = ", ".join(sorted(allowed))


@cache
def _by_template(app: Litestar) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            found[route.path_format] |= set(route.methods)
    return found
