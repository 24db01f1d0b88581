"""Headers of every response, errors included, and the session cookie."""

from __future__ import annotations

from datetime import timedelta

from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.types import Message, Scope

from ..platform.services.sessions import PAGE_LIFETIME
from ..platform.settings import current
from .guards import SESSION_COOKIE

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "img-src 'self' data:",
        "media-src 'self' blob:",
    )
)
_ALWAYS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_HSTS = f"max-age={int(timedelta(days=365).total_seconds())}"


async def add(message: Message, scope: Scope) -> None:
    """Add the headers to a response that starts; a header that the handler set stays."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    if current().secure_cookies:
        headers.setdefault("Strict-Transport-Security", _HSTS)
    prolonged = scope["state"].get("prolong")
    if prolonged:
        headers.add("Set-Cookie", session_cookie(prolonged).to_header(header=""))


def session_cookie(value: str) -> Cookie:
    """Return the cookie that keeps a browser signed in."""
    return Cookie(
        key=SESSION_COOKIE,
        value=value,
        max_age=int(PAGE_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=current().secure_cookies,
    )


def no_session_cookie() -> Cookie:
    """Return the cookie that signs a browser out."""
    return Cookie(
        key=SESSION_COOKIE, value="", max_age=0, httponly=True, samesite="lax", secure=current().secure_cookies
    )
