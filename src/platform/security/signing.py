"""Signed URLs: whoever holds one may do one thing with one path until a certain moment."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from urllib.parse import quote, urlencode

from ..errors import Forbidden
from .keys import derive

_EXPIRES, _SIGNATURE = "expires", "signature"
_HINT = "Ask for a fresh link."


def sign(method: str, path: str, params: Mapping[str, str], *, expires: datetime) -> str:
    """Return the query string that allows ``method`` on ``path`` with exactly ``params`` until ``expires``."""
    pairs = [*params.items(), (_EXPIRES, str(int(expires.timestamp())))]
    return urlencode([*pairs, (_SIGNATURE, _signature(method, path, pairs))], quote_via=quote)


def verify(method: str, path: str, query: Sequence[tuple[str, str]], *, now: datetime) -> dict[str, str]:
    """Return the signed parameters of a request's ``query`` (decoded pairs, in any order).

    Raises:
        Forbidden: a parameter, the method or the path was changed, or the moment has passed.
    """
    params = dict(query)
    given = params.pop(_SIGNATURE, "")
    unique = len(params) + 1 == len(query)
    expected = _signature(method, path, list(params.items()))
    if not hmac.compare_digest(given.encode(), expected.encode()) or not unique:
        raise Forbidden("The signature of this link is not valid.", hint=_HINT)
    if now.timestamp() >= int(params.pop(_EXPIRES)):
        raise Forbidden("This link has expired.", hint=_HINT)
    return params


def _signature(method: str, path: str, pairs: Sequence[tuple[str, str]]) -> str:
    # Each part is percent-encoded, so no line break in one can pass for the next part.
    message = "\n".join((method, quote(path), urlencode(sorted(pairs), quote_via=quote)))
    return hmac.new(_key(), message.encode(), hashlib.sha256).hexdigest()


@cache
def _key() -> bytes:
    return derive("signed-url")
