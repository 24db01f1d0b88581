"""``/api/v1/admin/dead-letters``, to look at: list, groups, totals, one, its recording, the export."""

from __future__ import annotations

import csv
import json

import httpx
import pytest
from reelscribe.platform import db, storage

from tests.platform.services.dead_letters import letters
from tests.web.conftest import Member

BASE = "/api/v1/admin/dead-letters"
# Always the same, so that tests that run side by side have the same names.
NOBODYS = "00000000-0000-4000-8000-000000000000"
ALL = [BASE, f"{BASE}/groups", f"{BASE}/totals", f"{BASE}/export", f"{BASE}/{NOBODYS}", f"{BASE}/{NOBODYS}/source"]


async def _one() -> db.Row:
    row = await db.fetch_one(
        "SELECT d.*, m.storage_key FROM dead_letters d JOIN jobs j ON j.id = d.job_id JOIN media m ON m.id = j.media_id"
        " ORDER BY d.created_at DESC LIMIT 1"
    )
    assert row is not None
    return row


async def test_list_has_rows_and_their_number_when_there_are_some(boss: Member) -> None:
    await letters.series(30)

    answer = await boss.http.get(BASE, params={"engine": "stub", "limit": 10})

    found = answer.json()
    assert answer.status_code == 200, answer.text
    assert (found["total"], len(found["items"]), found["prev_cursor"]) == (15, 10, None)
    assert {item["engine"] for item in found["items"]} == {"stub"}
    assert found["items"][0]["filename"] == "lecture-28.mp4"


async def test_pages_lead_forward_and_back_when_followed(boss: Member) -> None:
    await letters.series(30)

    first = (await boss.http.get(BASE, params={"limit": 20})).json()
    second = (await boss.http.get(BASE, params={"limit": 20, "cursor": first["next_cursor"]})).json()
    back = (await boss.http.get(BASE, params={"limit": 20, "cursor": second["prev_cursor"]})).json()

    assert [len(page["items"]) for page in (first, second)] == [20, 10]
    assert second["next_cursor"] is None
    assert back["items"] == first["items"]


async def test_groups_have_counts_when_there_are_several_causes(boss: Member) -> None:
    await letters.series(30, causes=3)

    found = (await boss.http.get(f"{BASE}/groups")).json()

    assert [group["count"] for group in found["items"]] == [10, 10, 10]
    assert found["total"] == 3


async def test_totals_add_up_when_filtered(boss: Member) -> None:
    await letters.series(30)

    found = (await boss.http.get(f"{BASE}/totals", params={"stage": "align"})).json()

    assert found["count"] == 10
    assert found["by_stage"] == [{"name": "align", "count": 10}]
    assert sum(hour["count"] for hour in found["arrivals"]) == 10


async def test_letter_says_everything_when_there_is_one(boss: Member) -> None:
    await letters.series(1)
    letter_id = str((await _one())["id"])

    answer = await boss.http.get(f"{BASE}/{letter_id}")

    found = answer.json()
    assert answer.status_code == 200, answer.text
    assert found["id"] == letter_id
    assert found["source"]["exists"] is False
    assert found["steps"][0]["name"] == "transcribe"


async def test_source_comes_in_part_when_a_range_is_asked_for(boss: Member, http: httpx.AsyncClient) -> None:
    await letters.series(1)
    row = await _one()
    await storage.current().put(row["storage_key"], _bytes(b"0123456789"))

    answer = await boss.http.get(f"{BASE}/{row['id']}/source", headers={"Range": "bytes=2-4"})

    assert (answer.status_code, answer.content) == (206, b"234")


async def test_source_is_missing_when_it_was_deleted(boss: Member) -> None:
    await letters.series(1)
    await db.execute("UPDATE media SET deleted_at = now()")

    answer = await boss.http.get(f"{BASE}/{(await _one())['id']}/source")

    assert answer.status_code == 404


@pytest.mark.parametrize(("form", "kind"), [("csv", "text/csv; charset=utf-8"), ("json", "application/x-ndjson")])
async def test_export_has_every_letter_when_asked(boss: Member, form: str, kind: str) -> None:
    await letters.series(1201)

    answer = await boss.http.get(f"{BASE}/export", params={"format": form})

    rows = answer.text.splitlines()
    names = (
        [row["filename"] for row in csv.DictReader(rows)]
        if form == "csv"
        else [json.loads(r)["filename"] for r in rows]
    )
    assert answer.headers["content-type"] == kind
    assert names == [f"lecture-{number}.mp4" for number in range(1200, -1, -1)]


@pytest.mark.parametrize("path", ALL)
async def test_looking_is_forbidden_when_not_an_administrator(member: Member, path: str) -> None:
    answer = await member.http.get(path)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("path", ALL)
async def test_looking_needs_a_sign_in(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ALL)
async def test_unknown_parameters_are_refused_when_sent(boss: Member, path: str) -> None:
    answer = await boss.http.get(path, params={"stages": "align"})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "stages", "message": "This parameter is not known."}]


@pytest.mark.parametrize("path", ALL[4:])
async def test_letter_is_missing_when_there_is_none(boss: Member, path: str) -> None:
    answer = await boss.http.get(path)

    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no such dead letter"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (BASE, "status=lost"),
        (BASE, "attempts=-1"),
        (BASE, "attempts=99999999999"),
        (BASE, "attempts=x"),
        (BASE, "assigned_to=x"),
        (BASE, "reviewed=x"),
        (BASE, "q="),
        (BASE, f"q={'x' * 201}"),
        (BASE, "user=%00"),
        (f"{BASE}/export", "user=%00"),
        (BASE, "since=2026-01-01T00:00:00"),
        (BASE, "since=0001-01-01T00:00:00%2B14:00"),
        (BASE, "since=yesterday"),
        (BASE, "cursor=x"),
        (BASE, "cursor=bm90IG9uZSBvZiBvdXJz"),
        (BASE, "sort=best"),
        (BASE, "limit=101"),
        (f"{BASE}/groups", "cursor=x"),
        (f"{BASE}/groups", "sort=newest"),
        (f"{BASE}/totals", "until=0001-01-01T00:00:00%2B14:00"),
        (f"{BASE}/export", "format=xml"),
        (f"{BASE}/export", "since=0001-01-01T00:00:00%2B14:00"),
    ],
)
async def test_bad_values_are_refused_when_sent(boss: Member, path: str, query: str) -> None:
    answer = await boss.http.get(f"{path}?{query}")

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("words", ["'; DROP TABLE jobs & | ! (", "\0", "'' --", "nobody knows this", "²³ \u0301"])
async def test_nothing_is_found_when_no_letter_has_these_words(boss: Member, words: str) -> None:
    await letters.series(3)

    found = (await boss.http.get(BASE, params={"q": words})).json()

    assert (found["items"], found["total"], found["next_cursor"]) == ([], 0, None)
    assert found["at"]


async def _bytes(content: bytes):
    yield content
