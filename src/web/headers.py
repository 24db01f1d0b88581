"""Headers of every response, errors included, and the session cookie."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from urllib.parse import urlsplit

from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.types import Message, Scope

from ..platform.services.sessions import PAGE_LIFETIME
from ..platform.settings import Settings, current
from .guards import SESSION_COOKIE

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_HSTS = f"max-age={int(timedelta(days=365).total_seconds())}"


async def add(message: Message, scope: Scope) -> None:
    """Add the headers to a response that starts; a header that the handler set stays."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    if scope.get("path", "").startswith("/api/"):
        # Personal, and some of it secret (RFC 6749, 5.1); files and streams say what suits them.
        headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("Content-Security-Policy", policy(current()))
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    if current().secure_cookies:
        headers.setdefault("Strict-Transport-Security", _HSTS)
    prolonged = scope["state"].get("prolong")
    if prolonged:
        headers.add("Set-Cookie", session_cookie(prolonged).to_header(header=""))


@cache
def policy(settings: Settings) -> str:
    """Return what a page may load: our own files and, where recordings lie on S3, those from there."""
    files = " ".join(_storage_origins(settings))
    return "; ".join(
        (
            "default-src 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            f"img-src 'self' data: {files}".strip(),
            f"connect-src 'self' {files}".strip(),
            f"media-src 'self' blob: {files}".strip(),
        )
    )


def _storage_origins(settings: Settings) -> list[str]:
    if settings.storage_backend != "s3":
        return []
    endpoint = urlsplit(settings.s3_endpoint)
    hosts = [endpoint.netloc, f"{settings.s3_bucket}.{endpoint.netloc}"]
    if endpoint.netloc.endswith("amazonaws.com"):
        hosts.append(f"{settings.s3_bucket}.s3.{settings.s3_region}.amazonaws.com")
    return [f"{endpoint.scheme}://{host}" for host in hosts]


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
