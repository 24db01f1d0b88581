"""``/admin/bulk``: one action on many letters, by forms alone."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

import httpx
import pytest
from reelscribe.platform import db
from reelscribe.platform.services.dead_letters import bulk_work

from tests.platform.services.dead_letters import letters
from tests.web.pages.conftest import Browser

NOBODY = "00000000-0000-4000-8000-000000000000"
BULK = "/admin/bulk"
CHANGES = ["pause", "resume", "stop", "rate"]


async def _ids(count: int) -> list[str]:
    await letters.series(count)
    return [str(row["id"]) for row in await db.fetch("SELECT id FROM dead_letters ORDER BY created_at")]


async def _begin(admin: Browser, **fields: str) -> str:
    answer = await admin.post(BULK, action="discard", scope="all", reason="old", **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def _send(browser: Browser, path: str, fields: dict[str, str | list[str]]) -> httpx.Response:
    return await browser.http.post(path, data={"_csrf_token": await browser.token(), **fields})


@pytest.mark.parametrize("action", ["requeue", "discard", "restore", "review", "assign"])
async def test_preview_counts_what_is_ticked(admin: Browser, action: str) -> None:
    ids = await _ids(5)

    answer = await _send(admin, f"{BULK}/preview", {"action": action, "id": ids[:3]})

    assert answer.status_code == 200
    assert "<dt>Selected</dt><dd>3</dd>" in answer.text
    assert await db.fetch("SELECT 1 FROM bulk_actions") == []


async def test_preview_counts_what_the_filter_finds(admin: Browser) -> None:
    await letters.series(120)

    answer = await admin.post(f"{BULK}/preview", action="discard", scope="all", q="engine=stub&size=25")

    assert "<dt>Match the filter</dt><dd>60</dd>" in answer.text
    assert "Type <strong>60</strong> to confirm" in answer.text


async def test_preview_says_what_is_left_out_and_why(admin: Browser) -> None:
    ids = await _ids(4)
    await db.execute(
        "UPDATE dead_letters SET status = 'discarded', resolved_at = now() WHERE id = ANY($1::uuid[])", ids[:3]
    )

    answer = await _send(admin, f"{BULK}/preview", {"action": "discard", "id": ids})

    assert "Discarded already; restore it first</li>" in answer.text
    assert "Discard 1</button>" in answer.text


async def test_requeue_of_many_takes_changes_along(admin: Browser) -> None:
    ids = await _ids(2)
    fields: dict[str, str | list[str]] = {"action": "requeue", "id": ids, "reason": "slow night", "priority": "low"}

    answer = await _send(admin, BULK, fields)

    assert answer.status_code == 303, answer.text
    row = await db.fetch_one("SELECT options FROM bulk_actions")
    assert row is not None
    assert '"priority": "low"' in row["options"]


async def test_nothing_is_selected_when_nothing_is_ticked(admin: Browser) -> None:
    answer = await admin.post(f"{BULK}/preview", action="requeue")

    assert answer.status_code == 422
    assert "Nothing is selected." in answer.text


async def test_preview_stands_alone_when_htmx_asks(admin: Browser) -> None:
    ids = await _ids(1)

    answer = await admin.http.post(
        f"{BULK}/preview",
        data={"_csrf_token": await admin.token(), "action": "requeue", "id": ids},
        headers={"HX-Request": "true"},
    )

    assert answer.text.strip().startswith('<section class="decision" id="bulk-preview"')
    assert "<html" not in answer.text


async def test_many_are_not_begun_until_the_number_is_typed(admin: Browser) -> None:
    await letters.series(60)
    fields = {"action": "discard", "scope": "all", "reason": "old"}

    answers = [await admin.post(BULK, **fields, confirm=number) for number in ("", "59")]
    begun = await admin.post(BULK, **fields, confirm="60")

    assert [answer.status_code for answer in answers] == [422, 422]
    assert "type the number 60" in answers[0].text
    assert begun.status_code == 303


async def test_action_needs_a_reason(admin: Browser) -> None:
    await letters.series(3)

    answer = await admin.post(BULK, action="discard", scope="all")

    assert answer.status_code == 422
    assert await db.fetch("SELECT 1 FROM bulk_actions") == []


async def test_action_shows_progress_and_then_what_came_of_it(admin: Browser) -> None:
    ids = await _ids(3)
    address = await _begin(admin)
    await db.execute("UPDATE dead_letters SET status = 'requeued', resolved_at = now() WHERE id = $1", UUID(ids[0]))

    before = (await admin.get(address)).text
    while await bulk_work.perform():
        pass
    after = unescape((await admin.get(f"{address}?items=skipped")).text)

    assert "0 of 3" in before
    assert 'hx-trigger="every 1s"' in before
    assert 'hx-trigger="every 1s"' not in after
    assert "Finished" in after
    assert re.findall(r"/admin/dead-letters/([0-9a-f-]{36})", after.split('class="items"')[1]) == [ids[0]]


async def test_progress_stands_alone_in_every_state(admin: Browser) -> None:
    await letters.series(3)
    address = await _begin(admin, rate="0.5")

    for name, state in (("pause", "Paused"), ("resume", "Running"), ("stop", "Stopped")):
        await admin.post(f"{address}/{name}")
        page = (await admin.get(f"{address}/progress")).text

        assert page.strip().startswith('<section class="card" id="bulk-progress"')
        assert state in page
        assert "<html" not in page


async def test_rate_is_changed_while_it_goes(admin: Browser) -> None:
    await letters.series(3)
    address = await _begin(admin, rate="0.5")

    await admin.post(f"{address}/rate", rate="7")

    assert 'name="rate" hx-preserve value="7"' in (await admin.get(address)).text


async def test_finished_action_says_that_it_is_over(admin: Browser) -> None:
    await letters.series(1)
    address = await _begin(admin)
    while await bulk_work.perform():
        pass

    answer = await admin.post(f"{address}/pause")

    assert answer.status_code == 409
    assert "This is finished" in answer.text


async def test_list_has_the_actions(admin: Browser) -> None:
    empty = (await admin.get(BULK)).text
    await letters.series(2)
    address = await _begin(admin)

    assert "No bulk action yet" in empty
    assert f'href="{address}"' in (await admin.get(BULK)).text


@pytest.mark.parametrize("path", [BULK, f"{BULK}/{NOBODY}"])
async def test_page_is_refused_when_no_admin(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).status_code == 403


@pytest.mark.parametrize("path", [BULK, f"{BULK}/{NOBODY}"])
async def test_page_leads_to_sign_in_when_anonymous(anonymous: Browser, path: str) -> None:
    assert (await anonymous.get(path)).headers["location"] == f"/login?next={path}"


@pytest.mark.parametrize("bulk_id", ["not-an-id", NOBODY])
async def test_action_is_missing_when_there_is_none(admin: Browser, bulk_id: str) -> None:
    answers = [await admin.get(f"{BULK}/{bulk_id}"), await admin.get(f"{BULK}/{bulk_id}/progress")]
    answers += [await admin.post(f"{BULK}/{bulk_id}/{name}") for name in CHANGES]

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize("path", [BULK, f"{BULK}/preview", *(f"{BULK}/{NOBODY}/{name}" for name in CHANGES)])
async def test_form_is_refused_when_no_admin_or_no_token(browser: Browser, admin: Browser, path: str) -> None:
    await letters.series(2)
    fields = {"action": "discard", "scope": "all", "reason": "old"}
    await admin.token()

    answers = [await browser.post(path, **fields), await admin.http.post(path, data=fields)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert await db.fetch("SELECT 1 FROM bulk_actions") == []


@pytest.mark.parametrize("field", [{"action": "explode"}, {"id": "x"}, {"rate": "fast"}, {"q": "attempts=many"}])
async def test_form_says_why_when_a_value_cannot_be_used(admin: Browser, field: dict[str, str]) -> None:
    answer = await admin.post(BULK, **{"action": "discard", "scope": "all", "reason": "old"} | field)

    assert answer.status_code == 422
