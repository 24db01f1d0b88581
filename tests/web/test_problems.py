"""Errors as problem details and as pages."""

from __future__ import annotations

import httpx
import pytest
from litestar import Litestar, get
from litestar.testing import TestClient
from reelscribe.platform import errors
from reelscribe.web import headers, problems
from reelscribe.web.app import create_app

from tests.web.conftest import Member

_FIELDS = {"type", "title", "status", "detail", "code", "hint"}


async def test_problem_names_all_fields_when_the_route_is_unknown(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == _FIELDS
    assert answer.json()["type"] == "urn:reelscribe:problem:not_found"


async def test_problem_lists_methods_when_the_method_is_wrong(http: httpx.AsyncClient) -> None:
    answer = await http.put("/api/v1/auth/login", json={})

    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert {"OPTIONS", "POST"} == set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize("body", [b"{", b'{"email": "\xff"}', b"\x00", b'{"a": 1} x', b"[" * 100_000])
async def test_problem_is_400_when_the_body_is_no_json(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/api/v1/auth/login", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["code"] == "malformed_json"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"3"])
async def test_problem_is_422_when_the_body_is_no_object(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/api/v1/auth/login", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422


async def test_problem_is_413_when_the_body_is_too_large(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/auth/login", content=b" " * (1024 * 1024 + 1))

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=many"])
async def test_problem_names_the_parameter_when_the_query_is_wrong(member: Member, query: str) -> None:
    answer = await member.http.get(f"/api/v1/credits/transactions?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "limit"


async def test_error_is_a_page_when_a_browser_asks(http: httpx.AsyncClient) -> None:
    answer = await http.get("/nothing", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is nothing at this address." in answer.text


@get("/broken", sync_to_thread=False)
def broken() -> None:
    raise RuntimeError("the password is hunter2")


@get("/crowded", sync_to_thread=False)
def crowded() -> None:
    raise errors.RateLimited(retry_after=7)


@get("/damaged", sync_to_thread=False)
def damaged() -> None:
    raise errors.BadMedia(
        "It is damaged.", exit_code=1, log_tail="/srv/files/one", peak_memory_bytes=5, problem="broken"
    )


def _app() -> Litestar:
    return Litestar(
        [broken, crowded, damaged], exception_handlers=problems.HANDLERS, before_send=[headers.add], openapi_config=None
    )


def test_unexpected_error_shows_only_a_number_when_something_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    with TestClient(_app()) as client:
        answer = client.get("/broken")

    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.json()["error_id"] in answer.json()["hint"]
    assert answer.json()["error_id"] in capsys.readouterr().err


def test_rate_limit_says_how_long_to_wait_when_reached() -> None:
    with TestClient(_app()) as client:
        answer = client.get("/crowded")

    assert answer.headers["retry-after"] == "7"
    assert answer.json()["retry_after"] == 7


def test_problem_keeps_what_a_program_said_to_itself() -> None:
    with TestClient(_app()) as client:
        answer = client.get("/damaged")

    assert answer.json()["problem"] == "broken"
    assert set(answer.json()) == {*_FIELDS, "problem"}


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/health/live", "/nothing"])
async def test_response_carries_the_security_headers_whatever_it_is(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


def test_every_error_has_a_stable_type_when_documented() -> None:
    app = create_app()

    assert app.exception_handlers[errors.ReelscribeError] is problems.on_our_error


async def test_options_names_all_methods_when_handlers_share_the_address(member: Member) -> None:
    answer = await member.http.options("/api/v1/jobs")

    assert answer.status_code == 204
    assert set(answer.headers["allow"].split(", ")) == {"GET", "OPTIONS", "POST"}
