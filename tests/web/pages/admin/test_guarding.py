"""The admin area is for administrators; everyone else learns only that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from reelscribe.web import guards
from reelscribe.web.app import create_app

from tests.web.pages.conftest import Browser

PAGES = ["/admin", "/admin/queues/stop", "/admin/jobs", "/admin/users", "/admin/audit"]


def _admin_routes() -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in create_app().routes:
        if isinstance(route, HTTPRoute) and route.path_format.startswith(("/admin", "/api/v1/admin")):
            for handler in route.route_handlers:
                if handler.http_methods != {"OPTIONS"}:
                    yield route.path_format, handler


def test_admin_route_has_the_guard_for_staff() -> None:
    routes = list(_admin_routes())
    bare = [path for path, handler in routes if guards.staff not in _guards(handler)]

    assert len(routes) >= len(PAGES)
    assert bare == []


def _guards(handler: HTTPRouteHandler) -> list[object]:
    return [getattr(guard, "ref", guard) for guard in handler.resolve_guards()]


@pytest.mark.parametrize("path", PAGES)
async def test_admin_page_works_when_admin(admin: Browser, path: str) -> None:
    answer = await admin.get(path)

    assert answer.status_code == 200
    assert 'aria-label="Admin"' in answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_admin_page_is_refused_when_no_admin(browser: Browser, path: str) -> None:
    answer = await browser.get(path)

    assert answer.status_code == 403
    assert "This needs an administrator." in answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_admin_page_leads_to_sign_in_when_anonymous(anonymous: Browser, path: str) -> None:
    answer = await anonymous.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next={path}"


async def test_navigation_names_admin_only_when_admin(admin: Browser, browser: Browser) -> None:
    assert 'href="/admin"' in (await admin.get("/")).text
    assert 'href="/admin"' not in (await browser.get("/")).text
