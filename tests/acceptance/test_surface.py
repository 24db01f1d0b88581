"""What holds everywhere: the description, errors, headers, health, odd addresses."""

from __future__ import annotations

import re

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.acceptance.conftest import API, NIL, problem
from tests.acceptance.description import Described


def test_description_is_valid_openapi_3_1(described: Described) -> None:
    assert described.document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(described.document).iter_errors()) == []


def test_operations_have_names_of_their_own_and_say_what_they_do(described: Described) -> None:
    operations = described.operations()
    names = [operation["operationId"] for method, _, operation in operations if method != "HEAD"]

    assert len(names) == len(set(names))
    assert [path for _, path, operation in operations if not operation.get("summary")] == []


def test_description_names_what_a_client_has_to_know(described: Described) -> None:
    schemas = described.document["components"]["schemas"]
    choices = {
        name: schemas[schema["$ref"].rpartition("/")[2]].get("enum") if "$ref" in schema else schema.get("enum")
        for name, schema in schemas["JobView"]["properties"].items()
    }

    assert choices["status"] == ["pending", "processing", "completed", "failed", "cancelled"]
    assert choices["kind"] == ["transcription", "clips"]
    assert "transcribe" in choices["stage"]


def test_guarded_operations_answer_401_when_nobody_is_signed_in(described: Described, anyone: httpx.Client) -> None:
    for method, path, operation in described.operations():
        if operation.get("security"):
            answer = anyone.request(method, _filled(path))

            assert answer.status_code == 401, (method, path, answer.status_code)


def test_every_operation_answers(described: Described, owner: httpx.Client) -> None:
    for method, path, _ in described.operations():
        if path.endswith(("/auth/logout", "/events")):
            continue
        answer = owner.request(method, _filled(path))

        # No such thing or nothing sent: but never 405, nor the 404 of an address that is not there.
        expected = (403,) if path.startswith(f"{API}/admin/") else (200, 400, 401, 404, 415, 422)
        assert answer.status_code in expected, (method, path, answer.text)
        assert "nothing at this address" not in answer.text, (method, path)


def _filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", NIL, path)


@pytest.mark.parametrize(
    "path", ["/nope", f"{API}/nope", f"{API}", "/static/nope.js", "/.env", "/%00", "/%ff", "/" + "a/" * 3000]
)
def test_unknown_address_is_a_problem(anyone: httpx.Client, path: str) -> None:
    problem(anyone.get(path), 404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/static/..%2f..%2fpyproject.toml",
        "/static/....//....//pyproject.toml",
        "/files/%2e%2e/%2e%2e/etc/passwd",
        "/files/..%2f..%2f..%2fetc%2fpasswd?expires=9999999999&signature=00",
        "/files/jobs/x?expires=abc&signature=aa",
        f"/files/jobs/x?expires={'9' * 400}&signature=0",
        "/files/jobs/x",
    ],
)
def test_nothing_is_read_that_was_not_offered(anyone: httpx.Client, path: str) -> None:
    assert anyone.get(path).status_code in (403, 404)


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/metrics", "/docs", "/openapi.json"])
def test_watchers_need_no_account(anyone: httpx.Client, path: str) -> None:
    assert anyone.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/metrics"])
def test_load_balancers_may_ask_with_head(anyone: httpx.Client, path: str) -> None:
    answer = anyone.head(path)

    assert (answer.status_code, answer.content) == (200, b"")


def test_health_names_its_servers(anyone: httpx.Client) -> None:
    found = anyone.get("/health").json()

    assert found["status"] == "ok"
    assert {"database", "redis", "storage"} <= set(found["checks"])


def test_metrics_are_for_prometheus(anyone: httpx.Client) -> None:
    answer = anyone.get("/metrics")

    assert answer.headers["content-type"].count("charset") == 1
    assert "# TYPE" in answer.text


def test_documentation_needs_no_other_server(anyone: httpx.Client) -> None:
    page = anyone.get("/docs").text
    files = re.findall(r'(?:src|href)="(/[^"]+)"', page)

    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
    assert len(files) >= 3
    assert {anyone.get(path).status_code for path in files} == {200}


@pytest.mark.parametrize("path", ["/", "/docs", f"{API}/jobs", "/nope", "/health"])
def test_answers_have_the_headers_that_protect_browsers(anyone: httpx.Client, path: str) -> None:
    headers = anyone.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["referrer-policy"] in ("same-origin", "no-referrer", "strict-origin-when-cross-origin")
    assert "server" not in headers or "/" not in headers["server"]  # no version


def test_other_origins_get_no_permission(owner: httpx.Client) -> None:
    origin = {"Origin": "https://evil.example"}

    plain = owner.get(f"{API}/jobs", headers=origin)
    preflight = owner.options(f"{API}/jobs", headers={**origin, "Access-Control-Request-Method": "POST"})

    for answer in (plain, preflight):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_links_do_not_follow_the_host_header(owner: httpx.Client, server: str, finished_job: dict) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}

    link = owner.get(f"{API}/jobs/{finished_job['id']}/download", headers=headers).json()

    assert link["url"].startswith(server)


def test_session_cookie_is_out_of_reach_of_scripts(anyone: httpx.Client) -> None:
    cookies = anyone.get("/register").headers.get_list("set-cookie") + anyone.get("/login").headers.get_list(
        "set-cookie"
    )

    for cookie in cookies:
        assert "samesite=lax" in cookie.lower() or "samesite=strict" in cookie.lower(), cookie
        assert "httponly" in cookie.lower() or "csrf" in cookie.lower(), cookie


def test_titles_are_those_of_their_types(owner: httpx.Client, anyone: httpx.Client) -> None:
    """RFC 9457, 3.1.4: the title is the same for all occurrences of a type."""
    same = [
        [anyone.get("/nope"), owner.get(f"{API}/jobs/{NIL}")],
        [owner.post(f"{API}/jobs", json={}), owner.get(f"{API}/jobs?limit=0")],
    ]

    for answers in same:
        assert len({(answer.json()["type"], answer.json()["title"]) for answer in answers}) == 1
