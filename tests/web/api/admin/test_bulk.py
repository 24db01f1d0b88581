"""One action on many failures, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from reelscribe.platform import db
from reelscribe.platform.services.dead_letters import bulk_work

from tests.platform.services.dead_letters import failed
from tests.web.conftest import Member

NOBODY = "00000000-0000-4000-8000-000000000000"
PATH = "/api/v1/admin/dead-letters/bulk"
ORDER = {"action": "requeue", "filter": {}, "reason": "the model is there"}
CHANGES: list[tuple[str, Any]] = [
    ("pause", {}),
    ("resume", {}),
    ("stop", {"reason": "lunch"}),
    ("rate", {"rate_per_second": 5}),
]


@pytest.fixture
async def bulk(boss: Member, member: Member) -> dict[str, Any]:
    await failed.many(member.id, 5, code="no_model")
    answer = await boss.http.post(PATH, json=ORDER)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{PATH}/{answer.json()['id']}"
    found: dict[str, Any] = answer.json()
    return found


async def test_action_is_previewed_begun_and_done(boss: Member, member: Member) -> None:
    await failed.many(member.id, 5, code="no_model")

    seen = (await boss.http.post(f"{PATH}/preview", json={"action": "requeue", "filter": {}})).json()
    begun = (await boss.http.post(PATH, json=ORDER)).json()
    await bulk_work.perform()
    end = (await boss.http.get(f"{PATH}/{begun['id']}")).json()

    assert (seen["matching"], seen["possible"], seen["credits"], seen["needs_confirmation"]) == (5, 5, "5.00", False)
    assert (begun["status"], begun["total"], begun["pending"], begun["by"]) == ("running", 5, 5, boss.email)
    assert (end["status"], end["done"], end["skipped"], end["eta_seconds"]) == ("finished", 5, 0, None)
    assert end["selection"] == {"filter": {}}


async def test_items_are_listed_with_why_they_were_skipped(boss: Member, bulk: dict[str, Any]) -> None:
    await db.execute("UPDATE credit_accounts SET balance = held + 3")
    await bulk_work.perform()

    skipped = (await boss.http.get(f"{PATH}/{bulk['id']}/items?status=skipped")).json()
    first = (await boss.http.get(f"{PATH}/{bulk['id']}/items?limit=4")).json()
    rest = (await boss.http.get(f"{PATH}/{bulk['id']}/items?limit=4&cursor={first['next_cursor']}")).json()

    assert {each["outcome"] for each in skipped["items"]} == {"The new run needs 1.00 credits, the owner has 0.00"}
    assert [each["position"] for each in first["items"] + rest["items"]] == [1, 2, 3, 4, 5]


async def test_action_is_paused_resumed_slowed_and_stopped(boss: Member, bulk: dict[str, Any]) -> None:
    said = [
        (await boss.http.post(f"{PATH}/{bulk['id']}/{verb}", json=body)).json()
        for verb, body in [CHANGES[0], CHANGES[1], CHANGES[3], CHANGES[2]]
    ]

    assert [each["status"] for each in said] == ["paused", "running", "running", "stopped"]
    assert said[2]["rate_per_second"] == 5
    assert await failed.audited(bulk["id"]) == ["bulk.start", "bulk.pause", "bulk.resume", "bulk.rate", "bulk.stop"]
    assert (await boss.http.get(PATH)).json()["items"][0]["status"] == "stopped"


async def test_action_begins_once_when_the_same_key_comes_twice(boss: Member, member: Member) -> None:
    await failed.many(member.id, 2, code="no_model")
    headers = {"Idempotency-Key": "once"}

    answers = [await boss.http.post(PATH, json=ORDER, headers=headers) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert len(await db.fetch("SELECT 1 FROM bulk_actions")) == 1


async def test_number_must_be_confirmed_when_many_match(boss: Member, member: Member) -> None:
    await failed.many(member.id, 51, code="no_model")

    refused = await boss.http.post(PATH, json=ORDER)
    wrong = await boss.http.post(PATH, json=ORDER | {"confirm": "50"})
    right = await boss.http.post(PATH, json=ORDER | {"confirm": "51"})

    assert [each.status_code for each in (refused, wrong, right)] == [422, 422, 202]
    assert refused.json()["matching"] == 51


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**ORDER, "action": "explode"},
        {**ORDER, "reason": ""},
        {**ORDER, "filter": None},
        {**ORDER, "ids": [NOBODY]},
        {**ORDER, "filter": None, "ids": []},
        {**ORDER, "filter": None, "ids": ["x"]},
        {**ORDER, "filter": {"colour": "red"}},
        {**ORDER, "rate_per_second": 0},
        {**ORDER, "rate_per_second": -1},
        {**ORDER, "options": {"changes": {"priority": "urgent"}}},
        {**ORDER, "filter": {"status": "discarded"}},  # nothing matches
    ],
)
async def test_order_is_refused_when_it_does_not_fit(boss: Member, member: Member, body: object) -> None:
    await failed.many(member.id, 1, code="no_model")

    answer = await boss.http.post(PATH, json=body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["hint"]


@pytest.mark.parametrize(("verb", "body"), CHANGES)
async def test_change_is_missing_when_there_is_no_such_action(boss: Member, verb: str, body: object) -> None:
    for bulk_id in (NOBODY, "not-an-id"):
        answer = await boss.http.post(f"{PATH}/{bulk_id}/{verb}", json=body)

        assert answer.status_code == 404


@pytest.mark.parametrize(("verb", "body"), CHANGES)
async def test_change_conflicts_when_the_action_is_finished(
    boss: Member, bulk: dict[str, Any], verb: str, body: object
) -> None:
    await bulk_work.perform()

    answer = await boss.http.post(f"{PATH}/{bulk['id']}/{verb}", json=body)

    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", ORDER),
        ("POST", "/preview", {"action": "review", "filter": {}}),
        ("GET", "", None),
        ("GET", f"/{NOBODY}", None),
        ("GET", f"/{NOBODY}/items", None),
        *(("POST", f"/{NOBODY}/{verb}", body) for verb, body in CHANGES),
    ],
)
async def test_route_is_closed_to_others(
    http: httpx.AsyncClient, member: Member, boss: Member, method: str, path: str, body: object
) -> None:
    key = (await boss.http.post("/api/v1/keys", json={"name": "k", "scopes": ["read", "write"]})).json()["key"]
    keyed = {"Authorization": f"Bearer {key}"}

    anonymous = await http.request(method, f"{PATH}{path}", json=body)
    user = await member.http.request(method, f"{PATH}{path}", json=body)
    unscoped = await http.request(method, f"{PATH}{path}", json=body, headers=keyed)

    assert [each.status_code for each in (anonymous, user, unscoped)] == [401, 403, 403]


@pytest.mark.parametrize("path", [f"/{NOBODY}", f"/{NOBODY}/items"])
async def test_action_is_missing_when_there_is_none(boss: Member, path: str) -> None:
    assert (await boss.http.get(f"{PATH}{path}")).status_code == 404


@pytest.mark.parametrize("query", ["cursor=x", "limit=0"])
async def test_list_is_refused_when_a_parameter_does_not_fit(boss: Member, bulk: dict[str, Any], query: str) -> None:
    for path in (PATH, f"{PATH}/{bulk['id']}/items"):
        assert (await boss.http.get(f"{path}?{query}")).status_code == 422
