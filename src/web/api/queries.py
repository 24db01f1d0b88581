"""Query strings of which every name must be known: a filter that is misspelt must not find everything."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from ...platform.errors import BadInput


async def all_known(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse names that the handler does not take; ``opt["query"]`` has those of its dependencies.

    It stands among the guards, behind those that ask who it is.

    Raises:
        BadInput: a name is not known.
    """
    known = {*handler.parsed_fn_signature.parameters, *handler.opt.get("query", ())} - _NOT_QUERY
    unknown = sorted(set(connection.query_params) - known - set(connection.path_params))
    if unknown:
        raise BadInput(
            "The address has parameters that are not known.",
            hint=f"Known are: {', '.join(sorted(known))}.",
            errors=[{"field": name, "message": "This parameter is not known."} for name in unknown],
        )


# What handlers get besides the query.
_NOT_QUERY = frozenset({"identity", "device", "request", "chosen"})
