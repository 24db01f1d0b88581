"""Viewers look, operators act, administrators decide about people: on the server, whatever a page offers."""

from __future__ import annotations

import pytest
from reelscribe.platform import db

from tests.web.conftest import MakeMember, Member

PAUSE = ("POST", "queues/engine.high/pause", {"reason": "tests"})
REVIEW = ("POST", "dead-letters/00000000-0000-4000-8000-000000000000/review", {})
GRANT = ("POST", "users/{user}/credits", {"amount": "1"})
PROMOTE = ("PATCH", "users/{user}", {"role": "admin"})


async def ask(member: Member, request: tuple[str, str, object], user: Member) -> int:
    method, path, body = request
    answer = await member.http.request(method, f"/api/v1/admin/{path.format(user=user.id)}", json=body)
    return answer.status_code


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
@pytest.mark.parametrize("path", ["queues", "dead-letters", "users", "audit", "jobs"])
async def test_all_staff_may_look(make_member: MakeMember, member: Member, role, path) -> None:
    staff = await make_member(role=role)

    assert await ask(staff, ("GET", path, None), member) == 200


@pytest.mark.parametrize("request_", [PAUSE, REVIEW, GRANT, PROMOTE], ids=["pause", "review", "grant", "promote"])
async def test_viewer_may_not_act(make_member: MakeMember, member: Member, request_) -> None:
    viewer = await make_member(role="viewer")

    assert await ask(viewer, request_, member) == 403


async def test_operator_acts_on_jobs_and_queues(make_member: MakeMember, member: Member) -> None:
    operator = await make_member(role="operator")

    assert (await ask(operator, PAUSE, member), await ask(operator, REVIEW, member)) == (200, 404)


@pytest.mark.parametrize("request_", [GRANT, PROMOTE], ids=["grant", "promote"])
async def test_operator_decides_about_nobody(make_member: MakeMember, member: Member, request_) -> None:
    operator = await make_member(role="operator")

    assert await ask(operator, request_, member) == 403
    rows = await db.fetch("SELECT 1 FROM users WHERE id = $1 AND role <> 'user'", member.id)
    assert rows == []


async def test_critical_priority_is_for_administrators(make_member: MakeMember, make_media) -> None:
    operator = await make_member(role="operator")
    wanted = {"media_id": str(await make_media(operator)), "engine": "stub", "priority": "critical"}

    answer = await operator.http.post("/api/v1/jobs", json=wanted)

    assert answer.status_code == 403
