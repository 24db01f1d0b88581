"""``/api/v1/admin/audit``."""

from __future__ import annotations

import httpx
import pytest
from reelscribe.platform.services import audit

from tests.platform.services.factories import identity
from tests.web.conftest import Member

PATH = "/api/v1/admin/audit"


async def test_log_shows_who_did_what(boss: Member) -> None:
    await audit.note(identity(boss.id), "queue.pause", subject_kind="queue", subject_id="engine", after={"n": 1})

    answer = await boss.http.get(PATH, params={"actor": boss.email, "action": "queue.pause"})

    entry = answer.json()["items"][0]
    assert answer.status_code == 200
    assert (entry["actor"], entry["subject_id"], entry["before"], entry["after"]) == (
        boss.email,
        "engine",
        None,
        {"n": 1},
    )


async def test_log_is_forbidden_when_not_an_administrator(member: Member) -> None:
    assert (await member.http.get(PATH)).status_code == 403


async def test_log_needs_a_sign_in(http: httpx.AsyncClient) -> None:
    assert (await http.get(PATH)).status_code == 401


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "who=me", f"action={'x' * 65}", "actor=%00"])
async def test_log_refuses_what_it_does_not_know(boss: Member, query: str) -> None:
    assert (await boss.http.get(f"{PATH}?{query}")).status_code == 422
