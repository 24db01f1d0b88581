"""What administrators decide about one failure, over HTTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from reelscribe.platform import db

from tests.platform.services.dead_letters import failed
from tests.web.conftest import MakeMember, Member

NOBODY = "00000000-0000-4000-8000-000000000000"
PATH = "/api/v1/admin/dead-letters"
ACTIONS: list[tuple[str, Any]] = [
    ("requeue", {}),
    ("requeue/preview", {}),
    ("unschedule", {}),
    ("discard", {"reason": "a test file"}),
    ("note", {"text": "seen before"}),
    ("assign", {"to": None}),
    ("review", {}),
    ("notify", {"text": "We look into it"}),
]
ALL = [*ACTIONS, ("restore", {})]


@pytest.fixture
async def letter(member: Member) -> UUID:
    return await failed.letter(member.id)


@pytest.mark.parametrize(("action", "body"), ACTIONS)
async def test_action_works_and_is_audited_when_admin(boss: Member, letter: UUID, action: str, body: object) -> None:
    answer = await boss.http.post(f"{PATH}/{letter}/{action}", json=body)

    assert answer.status_code == (202 if action == "requeue" else 200), answer.text
    silent = {"requeue/preview", "unschedule"}  # nothing was planned
    assert await failed.audited(letter) == ([] if action in silent else [f"dead_letter.{action}"])


@pytest.mark.parametrize(("action", "body"), ALL)
async def test_action_is_forbidden_when_no_admin(member: Member, letter: UUID, action: str, body: object) -> None:
    answer = await member.http.post(f"{PATH}/{letter}/{action}", json=body)

    assert answer.status_code == 403
    assert (await failed.row(letter))["status"] == "open"


@pytest.mark.parametrize(("action", "body"), ALL)
async def test_action_is_forbidden_when_the_key_lacks_the_scope(
    boss: Member, http: httpx.AsyncClient, letter: UUID, action: str, body: object
) -> None:
    key = (await boss.http.post("/api/v1/keys", json={"name": "k", "scopes": ["read", "write"]})).json()["key"]

    answer = await http.post(f"{PATH}/{letter}/{action}", json=body, headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 403
    assert answer.json()["required_scope"] == "admin"


@pytest.mark.parametrize(("action", "body"), ALL)
async def test_action_is_unauthenticated_when_anonymous(
    http: httpx.AsyncClient, letter: UUID, action: str, body: object
) -> None:
    answer = await http.post(f"{PATH}/{letter}/{action}", json=body)

    assert answer.status_code == 401


@pytest.mark.parametrize(("action", "body"), ALL)
@pytest.mark.parametrize("letter_id", [NOBODY, "not-an-id"])
async def test_letter_is_missing_when_there_is_none(boss: Member, letter_id: str, action: str, body: object) -> None:
    answer = await boss.http.post(f"{PATH}/{letter_id}/{action}", json=body)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("requeue", {"changes": {"engine": "nobodys"}}),
        ("requeue", {"changes": {"colour": "red"}}),
        ("requeue", {"changes": {"min_speakers": 0}}),
        ("requeue", {"changes": {"attempts": 0}}),
        ("requeue", {"changes": {"priority": "urgent"}}),
        ("requeue", {"changes": {"engine": None}}),
        ("requeue", {"from_start": "yes"}),
        ("requeue", {"at": "tomorrow"}),
        ("requeue", {"at": "2099-01-01T00:00:00"}),  # where?
        ("requeue", {"at": "2001-01-01T00:00:00Z"}),
        ("requeue", {"at": "9999-12-31T23:59:59-14:00"}),
        ("requeue/preview", {"reason": "x"}),
        ("discard", {}),
        ("discard", {"reason": ""}),
        ("discard", {"reason": "  "}),
        ("note", {}),
        ("note", {"text": "x" * 5001}),
        ("note", {"text": "\x00"}),
        ("assign", {}),
        ("review", {"reviewed": 1}),
        ("notify", {"text": " "}),
    ],
)
async def test_body_is_refused_when_it_does_not_fit(boss: Member, letter: UUID, action: str, body: object) -> None:
    answer = await boss.http.post(f"{PATH}/{letter}/{action}", json=body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["hint"]
    assert await failed.audited(letter) == []


async def test_requeue_says_how_the_letter_stands_then(boss: Member, letter: UUID) -> None:
    body = {"changes": {"priority": "critical", "model": "base"}, "reason": "for the dean"}

    answer = await boss.http.post(f"{PATH}/{letter}/requeue", json=body)

    after = answer.json()
    assert answer.headers["location"] == f"{PATH}/{letter}"
    assert (after["status"], after["resolved_by"], after["reason"]) == ("requeued", boss.email, "for the dean")
    assert after["changes"] == {"priority": ["normal", "critical"], "model": [None, "base"]}


async def test_one_of_two_admins_requeues_and_the_other_learns_who(
    boss: Member, letter: UUID, make_member: MakeMember
) -> None:
    other = await make_member(role="admin")

    answers = await asyncio.gather(*(who.http.post(f"{PATH}/{letter}/requeue", json={}) for who in (boss, other)))

    done, refused = sorted(answers, key=lambda each: each.status_code)
    assert (done.status_code, refused.status_code) == (202, 409)
    assert f"already requeued by {done.json()['resolved_by']} at " in refused.json()["detail"]
    assert refused.json()["by"] == done.json()["resolved_by"]
    assert (await failed.row(letter))["j_run"] == 2


async def test_repeated_request_gets_the_first_answer_when_the_key_is_the_same(boss: Member, letter: UUID) -> None:
    headers = {"Idempotency-Key": "once"}

    answers = [await boss.http.post(f"{PATH}/{letter}/requeue", json={}, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert (await failed.row(letter))["j_run"] == 2


async def test_requeue_is_refused_with_figures_when_the_owner_lacks_credits(boss: Member, letter: UUID) -> None:
    await db.execute("UPDATE credit_accounts SET balance = 0.5")

    answer = await boss.http.post(f"{PATH}/{letter}/requeue", json={})
    waived = await boss.http.post(f"{PATH}/{letter}/requeue", json={"waive": True})

    assert (answer.status_code, answer.json()["required"], answer.json()["available"]) == (402, "1.00", "0.50")
    assert waived.status_code == 202


async def test_planned_requeue_is_shown_and_taken_back(boss: Member, letter: UUID) -> None:
    at = datetime.now(UTC) + timedelta(hours=2)

    planned = await boss.http.post(f"{PATH}/{letter}/requeue", json={"at": at.isoformat()})
    open_again = await boss.http.post(f"{PATH}/{letter}/unschedule", json={})

    assert (planned.json()["status"], datetime.fromisoformat(planned.json()["due_at"])) == ("scheduled", at)
    assert open_again.json()["status"] == "open"


async def test_preview_names_changes_stages_and_credits(boss: Member, letter: UUID) -> None:
    answer = await boss.http.post(f"{PATH}/{letter}/requeue/preview", json={"changes": {"priority": "low"}})

    assert answer.json() == {
        "changes": {"priority": ["normal", "low"]},
        "stages": ["transcribe", "align", "deliver"],
        "required": "1.00",
        "available": "600.00",
        "refusal": None,
    }


async def test_discarded_letter_is_restored(boss: Member, letter: UUID) -> None:
    discarded = await boss.http.post(f"{PATH}/{letter}/discard", json={"reason": "a test file"})
    again = await boss.http.post(f"{PATH}/{letter}/discard", json={"reason": "a test file"})
    restored = await boss.http.post(f"{PATH}/{letter}/restore", json={"reason": "it was not"})

    assert (discarded.json()["status"], restored.json()["status"]) == ("discarded", "open")
    assert (again.status_code, again.json()["by"]) == (409, boss.email)


async def test_group_is_muted_and_unmuted(boss: Member, member: Member, letter: UUID) -> None:
    fingerprint = (await failed.row(letter))["fingerprint"]

    forbidden = await member.http.post(f"{PATH}/groups/{fingerprint}/mute", json={})
    muted = await boss.http.post(f"{PATH}/groups/{fingerprint}/mute", json={"note": "known"})
    shown = await boss.http.post(f"{PATH}/groups/{fingerprint}/unmute")
    missing = await boss.http.post(f"{PATH}/groups/nobodys/mute", json={})

    assert forbidden.status_code == 403
    assert muted.json() == {"fingerprint": fingerprint, "muted": True, "note": "known"}
    assert shown.json()["muted"] is False
    assert missing.status_code == 404


async def test_owner_reads_the_notice_on_the_job(boss: Member, member: Member, letter: UUID) -> None:
    job_id = (await failed.row(letter))["job_id"]

    await boss.http.post(f"{PATH}/{letter}/notify", json={"text": "We look into it"})

    job = (await member.http.get(f"/api/v1/jobs/{job_id}")).json()
    assert job["warnings"] == [{"code": "notice", "stage": "transcribe", "message": "We look into it"}]
