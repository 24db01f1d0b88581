"""The questions that every admin route answers; what each does is in the test of its module."""

from __future__ import annotations

import httpx
import pytest

from tests.web.conftest import Member

NOBODY = "00000000-0000-4000-8000-000000000000"
LISTS = ["queues", "workers", "engines", "alerts", "health", "users", "jobs"]
POSTS = [
    ("POST", "queues/engine.high/pause", {"reason": "tests"}),
    ("POST", "queues/engine.high/resume", None),
    ("POST", "queues/resume", None),
    ("PATCH", f"users/{NOBODY}", {"disabled": True}),
    ("POST", f"users/{NOBODY}/credits", {"amount": "1"}),
    ("POST", f"jobs/{NOBODY}/cancel", {"reason": "tests"}),
]
RESET = ("POST", "engines/nobody/reset", {})
MISSING = [
    RESET,
    ("GET", f"users/{NOBODY}", None),
    ("GET", f"jobs/{NOBODY}", None),
    ("POST", "queues/engine.urgent/pause", {"reason": "tests"}),
    ("POST", "queues/engine.urgent/resume", None),
    *POSTS[3:],
]
BAD_BODIES = [
    ("POST", "engines/stub/reset", {"why": "x"}),
    ("POST", "queues/engine.high/pause", {}),
    ("POST", "queues/engine.high/pause", {"reason": ""}),
    ("POST", "queues/engine.high/pause", {"reason": " "}),
    ("POST", "queues/engine.high/pause", {"reason": "x", "drain": "yes"}),
    ("POST", "queues/engine.high/pause", {"reason": "x", "until": "noon"}),
    ("PATCH", f"users/{NOBODY}", {"role": "root"}),
    ("PATCH", f"users/{NOBODY}", {"max_jobs_at_once": 0}),
    ("PATCH", f"users/{NOBODY}", {"email": "a@b.test"}),
    ("POST", f"users/{NOBODY}/credits", {"amount": "-1"}),
    ("POST", f"users/{NOBODY}/credits", {"amount": "many"}),
    ("POST", f"users/{NOBODY}/credits", {"amount": "0.001"}),
    ("POST", f"users/{NOBODY}/credits", {}),
    ("POST", f"jobs/{NOBODY}/cancel", {"why": "x"}),
]


@pytest.mark.parametrize("path", LISTS)
async def test_route_works_when_admin(boss: Member, path: str) -> None:
    answer = await boss.http.get(f"/api/v1/admin/{path}")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"), [*(("GET", path, None) for path in [*LISTS, "events"]), *POSTS, *MISSING]
)
async def test_route_is_forbidden_when_no_admin(member: Member, method: str, path: str, body: object) -> None:
    answer = await member.http.request(method, f"/api/v1/admin/{path}", json=body)

    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"


@pytest.mark.parametrize("path", [*LISTS, "events"])
async def test_route_is_forbidden_when_the_key_lacks_the_scope(
    boss: Member, http: httpx.AsyncClient, path: str
) -> None:
    key = (await boss.http.post("/api/v1/keys", json={"name": "k", "scopes": ["read", "write"]})).json()["key"]

    answer = await http.get(f"/api/v1/admin/{path}", headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 403
    assert answer.json()["required_scope"] == "admin"


async def test_route_works_when_the_key_has_the_scope(boss: Member, http: httpx.AsyncClient) -> None:
    key = (await boss.http.post("/api/v1/keys", json={"name": "k", "scopes": ["admin"]})).json()["key"]

    answer = await http.get("/api/v1/admin/queues", headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), MISSING)
async def test_route_is_missing_when_there_is_no_such_thing(boss: Member, method: str, path: str, body: object) -> None:
    answer = await boss.http.request(method, f"/api/v1/admin/{path}", json=body)

    assert answer.status_code == 404
    assert answer.json()["hint"]


@pytest.mark.parametrize(("method", "path", "body"), BAD_BODIES)
async def test_body_is_refused_when_it_does_not_fit(boss: Member, method: str, path: str, body: object) -> None:
    answer = await boss.http.request(method, f"/api/v1/admin/{path}", json=body)

    assert answer.status_code == 422
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    "path",
    ["users?cursor=x", "jobs?cursor=x", "jobs?status=lost", "users?role=root", "users?disabled=maybe", "jobs?limit=0"],
)
async def test_list_is_refused_when_a_parameter_does_not_fit(boss: Member, path: str) -> None:
    answer = await boss.http.get(f"/api/v1/admin/{path}")

    assert answer.status_code == 422
