"""Forged requests."""

from __future__ import annotations

import httpx
import pytest
from litestar import Litestar, Request, get, post
from litestar.testing import TestClient
from reelscribe.platform.errors import ReelscribeError
from reelscribe.web import csrf, problems


@get("/form", sync_to_thread=False)
def form() -> str:
    return "a form"


@post("/form", status_code=200, sync_to_thread=False)
def sent() -> str:
    return "sent"


@post("/upload", status_code=200, opt={"exclude_from_csrf": True}, sync_to_thread=False)
def upload(request: Request) -> str:
    csrf.verify(request, request.headers.get("x-field", ""))
    return "stored"


@pytest.fixture
def browser() -> TestClient:
    app = Litestar(
        [form, sent, upload],
        csrf_config=csrf.config(),
        exception_handlers={ReelscribeError: problems.on_our_error},
        openapi_config=None,
    )
    return TestClient(app)


def _token(browser: TestClient) -> str:
    browser.get("/form")
    return str(browser.cookies[csrf.COOKIE])


def test_form_is_taken_when_it_repeats_the_token(browser: TestClient) -> None:
    with browser:
        answer = browser.post("/form", data={"_csrf_token": _token(browser)})

    assert answer.text == "sent"


@pytest.mark.parametrize("token", ["", "x" * 128])
def test_form_is_refused_when_the_token_is_wrong(browser: TestClient, token: str) -> None:
    with browser:
        _token(browser)
        answer = browser.post("/form", data={"_csrf_token": token})

    assert answer.status_code == 403


def test_streamed_upload_is_taken_when_it_repeats_the_token(browser: TestClient) -> None:
    with browser:
        answer = browser.post("/upload", headers={"x-field": _token(browser)})

    assert answer.text == "stored"


@pytest.mark.parametrize("token", ["", "é", "a" * 128])
def test_streamed_upload_is_refused_when_the_token_is_wrong(browser: TestClient, token: str) -> None:
    with browser:
        _token(browser)
        answer = browser.post("/upload", headers={"x-field": token.encode()})

    assert answer.status_code == 403


def test_streamed_upload_is_refused_when_both_are_forged(browser: TestClient) -> None:
    with browser:
        browser.cookies.set(csrf.COOKIE, "a" * 128)
        answer = browser.post("/upload", headers={"x-field": "a" * 128})

    assert answer.status_code == 403


async def test_api_needs_no_token_when_there_is_no_cookie(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/auth/login", json={"email": "a@b.c", "password": "correct horse"})

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
