"""Every route is guarded, or stands on this list for a reason."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from reelscribe.web import guards
from reelscribe.web.app import create_app

PUBLIC = {
    "GET /",
    "GET /register",
    "POST /register",
    "GET /login",
    "POST /login",
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/refresh",
    "GET /health",
    "HEAD /health",
    "HEAD /health/live",
    "HEAD /health/ready",
    "HEAD /metrics",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /openapi.json",
    "GET /docs",
    "GET /docs/openapi.json",
    "GET /docs/{path}",
    "GET /files/{key}",
    "HEAD /files/{key}",
    "PUT /uploads/{upload}/parts/{number}",
    "GET /static/{file_path}",
    "HEAD /static/{file_path}",
}


def _routes() -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in create_app().routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                yield method, route.path_format or "/", handler


def test_route_is_public_only_when_listed() -> None:
    public = {f"{method} {path}" for method, path, handler in _routes() if handler.opt.get("public")}

    assert public == PUBLIC


def test_route_has_a_guard_when_not_public() -> None:
    bare = [
        f"{method} {path}"
        for method, path, handler in _routes()
        if not handler.opt.get("public") and not {guards.bearer, guards.signed_in} & set(_guards(handler))
    ]

    assert bare == []


def _guards(handler: HTTPRouteHandler) -> list[object]:
    return [getattr(guard, "ref", guard) for guard in handler.resolve_guards()]


_GUARDED = sorted(
    (method, path) for method, path, handler in _routes() if path.startswith("/api/") and not handler.opt.get("public")
)


@pytest.mark.parametrize(("method", "path"), _GUARDED)
async def test_api_route_is_refused_when_anonymous(http: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await http.request(method, _with_ids(path))

    assert answer.status_code == 401
    assert method == "HEAD" or answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(("method", "path"), _GUARDED)
async def test_api_route_ignores_the_cookie_when_that_is_all(http: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await http.request(method, _with_ids(path), headers={"Cookie": "reelscribe_session=anything"})

    assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path in _GUARDED if "{" in path])
async def test_api_route_is_missing_when_the_id_is_none(http: httpx.AsyncClient, method: str, path: str) -> None:
    start = path[: path.index("{")]

    answer = await http.request(method, f"{start}not-an-id")

    assert answer.status_code in {404, 405}  # 405 where a sibling route takes the word
    assert answer.headers["content-type"] == "application/problem+json"


def _with_ids(path: str) -> str:
    parts = ["00000000-0000-4000-8000-000000000000" if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)
