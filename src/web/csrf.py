"""Forged requests: a page's form must repeat the token that its cookie holds (double submit, signed).

Litestar checks every page route itself, from the field ``_csrf_token`` or the header ``x-csrftoken``. To
find the field it reads the whole form, so a route that streams a large upload is marked
``exclude_from_csrf`` and calls ``verify`` with the field once it has come by.
"""

from __future__ import annotations

import hmac
from typing import Any

from litestar.config.csrf import CSRFConfig
from litestar.connection import ASGIConnection
from litestar.middleware.csrf import CSRF_SECRET_LENGTH, generate_csrf_hash

from ..platform.errors import Forbidden
from ..platform.security.keys import derive
from ..platform.settings import current

COOKIE = "reelscribe_csrf"

# The API takes no cookie, files are protected by their signature: nothing to forge there.
_NO_COOKIE_THERE = ["^/api/", "^/v1/", "^/files/", "^/static/", "^/health", "^/metrics", "^/docs", "^/openapi.json"]


def config() -> CSRFConfig:
    """Return what Litestar needs to check the page routes."""
    return CSRFConfig(
        secret=_secret(),
        cookie_name=COOKIE,
        cookie_secure=current().secure_cookies,
        cookie_samesite="lax",
        exclude=_NO_COOKIE_THERE,
    )


def verify(connection: ASGIConnection[Any, Any, Any, Any], token: str) -> None:
    """Accept a token that our cookie holds too.

    Raises:
        Forbidden: it does not match, or is not ours.
    """
    cookie = connection.cookies.get(COOKIE, "")
    if not (hmac.compare_digest(token.encode(), cookie.encode()) and _is_ours(token)):
        raise Forbidden("This form is too old.", hint="Reload the page and send it again.")


def _is_ours(token: str) -> bool:
    random, signature = token[:CSRF_SECRET_LENGTH], token[CSRF_SECRET_LENGTH:]
    return hmac.compare_digest(signature, generate_csrf_hash(token=random, secret=_secret()))


def _secret() -> str:
    return derive("csrf").hex()
