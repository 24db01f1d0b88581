"""``/admin/dead-letters``, to look at: the list, the causes, one letter, its recording, the export."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode
from uuid import UUID

import pytest
from reelscribe.platform import db, storage

from tests.platform.services.dead_letters import failed, letters
from tests.web.conftest import Member
from tests.web.pages.conftest import Browser

NOBODY = "00000000-0000-4000-8000-000000000000"
LIST = "/admin/dead-letters"
PAGES = [LIST, f"{LIST}/groups"]
OF_A_LETTER = ["", "/requeue", "/discard"]
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
async def letter(member: Member) -> UUID:
    return await failed.letter(member.id)


def _rows(page: str) -> list[str]:
    return re.findall(r'<tr id="letter-[^"]+" data-id="([^"]+)"', page)


@pytest.mark.parametrize("path", [*PAGES, f"{LIST}/rows", f"{LIST}/export/csv", f"{LIST}/export/json"])
async def test_list_works_when_admin(admin: Browser, path: str) -> None:
    await letters.series(3)

    answer = await admin.get(path)

    assert answer.status_code == 200
    assert "the engine gave up after 2 s" in answer.text


@pytest.mark.parametrize("end", OF_A_LETTER)
async def test_letter_works_when_admin(admin: Browser, letter: UUID, end: str) -> None:
    answer = await admin.get(f"{LIST}/{letter}{end}")

    assert answer.status_code == 200
    assert 'aria-label="Admin"' in answer.text


@pytest.mark.parametrize("path", [*PAGES, f"{LIST}/rows", f"{LIST}/export/csv"])
async def test_list_is_refused_when_no_admin(browser: Browser, path: str) -> None:
    await letters.series(1)

    answer = await browser.get(path)

    assert answer.status_code == 403
    assert "the engine gave up" not in answer.text


@pytest.mark.parametrize("end", [*OF_A_LETTER, "/source"])
async def test_letter_is_refused_when_no_admin(browser: Browser, letter: UUID, end: str) -> None:
    answer = await browser.get(f"{LIST}/{letter}{end}")

    assert answer.status_code == 403
    assert "The model is missing" not in answer.text


@pytest.mark.parametrize("path", [*PAGES, *(f"{LIST}/{NOBODY}{end}" for end in [*OF_A_LETTER, "/source"])])
async def test_page_leads_to_sign_in_when_anonymous(anonymous: Browser, path: str) -> None:
    answer = await anonymous.get(path)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")


@pytest.mark.parametrize("letter_id", ["not-an-id", NOBODY])
@pytest.mark.parametrize("end", [*OF_A_LETTER, "/source"])
async def test_letter_is_missing_when_there_is_none(admin: Browser, letter_id: str, end: str) -> None:
    answer = await admin.get(f"{LIST}/{letter_id}{end}")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "query",
    ["attempts=many", "age=yesterday", "since=soon", "assigned_to=me", "status=gone", "cursor=x", "reviewed=perhaps"],
)
@pytest.mark.parametrize("path", PAGES)
async def test_list_says_why_when_the_filter_is_nonsense(admin: Browser, path: str, query: str) -> None:
    answer = await admin.get(f"{path}?{query}")

    assert answer.status_code == 422


async def test_list_says_nothing_failed_when_there_is_nothing(admin: Browser) -> None:
    page = (await admin.get(LIST)).text

    assert "Nothing failed" in page
    assert "Last checked <time" in page


async def test_list_says_that_the_filter_leaves_everything_out(admin: Browser) -> None:
    await letters.series(3)

    page = (await admin.get(f"{LIST}?q=nowhere")).text

    assert "Nothing matches these filters" in page
    assert "Nothing failed" not in page


async def test_filter_stays_in_every_address_and_can_be_taken_away(admin: Browser) -> None:
    await letters.series(30)

    page = unescape((await admin.get(f"{LIST}?engine=stub&priority=normal&size=25&q=lecture")).text)

    assert len(_rows(page)) == 8  # of 30: every second is of the engine, every fourth of the priority
    first = _rows(page)[0]
    assert f'href="{LIST}/{first}?engine=stub&priority=normal&q=lecture&size=25"' in page
    assert f'href="{LIST}?priority=normal&q=lecture&size=25" aria-label="Remove the filter engine: stub"' in page
    assert 'name="q" value="engine=stub&priority=normal&q=lecture&size=25"' in page  # what a bulk action takes along


async def test_pages_lead_further_and_back_when_followed(admin: Browser) -> None:
    await letters.series(60)

    first = unescape((await admin.get(f"{LIST}?size=25")).text)
    further = re.search(r'href="([^"]+)" rel="next"', first)
    assert further
    second = unescape((await admin.get(further.group(1))).text)
    back = re.search(r'href="([^"]+)" rel="prev"', second)
    assert back

    assert (len(_rows(first)), len(_rows(second))) == (25, 25)
    assert set(_rows(first)).isdisjoint(_rows(second))
    assert _rows((await admin.get(back.group(1))).text) == _rows(first)
    assert "60 letters" in second


async def test_rows_stand_alone_in_every_state(admin: Browser) -> None:
    empty = (await admin.get(f"{LIST}/rows")).text
    await letters.series(2)
    full = (await admin.get(f"{LIST}/rows?size=25")).text

    assert all(page.strip().startswith('<div class="letters" id="letters"') for page in (empty, full))
    assert "<html" not in empty + full
    assert 'data-total="2"' in full


async def test_groups_lead_to_only_this_cause(admin: Browser) -> None:
    await letters.series(30, causes=3)

    page = unescape((await admin.get(f"{LIST}/groups?engine=stub")).text)
    only = re.search(r'href="([^"]+fingerprint=[^"]+)">Only this cause', page)
    assert only

    assert "3 causes" in page
    assert len(_rows((await admin.get(only.group(1))).text)) == 5


async def test_muted_group_leaves_the_list_until_it_is_shown_again(admin: Browser) -> None:
    await letters.series(30, causes=3)
    row = await db.fetch_one("SELECT fingerprint FROM dead_letters LIMIT 1")
    assert row is not None
    path = f"{LIST}/groups/{row['fingerprint']}/mute"

    await admin.post(path, muted="yes", text="known")
    without = (await admin.get(f"{LIST}/rows")).text
    answer = await admin.post(path, muted="no", back="engine=stub")

    assert 'data-total="20"' in without
    assert answer.headers["location"] == f"{LIST}/groups?engine=stub&said=unmuted"
    assert 'data-total="30"' in (await admin.get(f"{LIST}/rows")).text


async def test_letter_tells_what_is_known(admin: Browser, letter: UUID) -> None:
    page = (await admin.get(f"{LIST}/{letter}")).text

    for told in ("The model is missing", "What to do", "Attempt 1", "output kept", "EngineUnavailable", "curl -sS"):
        assert told in page
    assert 'id="payload"' in page
    assert page.count("data-copy=") >= 4


async def test_letter_leads_to_its_neighbours_of_the_same_filter(admin: Browser) -> None:
    await letters.series(10)
    query = "engine=stub"
    ids = _rows((await admin.get(f"{LIST}?{query}")).text)

    page = unescape((await admin.get(f"{LIST}/{ids[1]}?{query}")).text)

    assert f'href="{LIST}/{ids[0]}?{query}" rel="prev"' in page
    assert f'href="{LIST}/{ids[2]}?{query}" rel="next"' in page


async def test_letter_says_only_what_we_wrote(admin: Browser, letter: UUID) -> None:
    await db.execute("UPDATE dead_letters SET message = $2, note = $2 WHERE id = $1", letter, EVIL)
    await db.execute("UPDATE media SET filename = $1", EVIL)
    await db.execute("UPDATE attempts SET traceback = $1, log_tail = $1", EVIL)

    pages = [(await admin.get(path)).text for path in (f"{LIST}/{letter}", LIST, f"{LIST}/groups")]

    assert all(EVIL not in page and "&lt;img src=x" in page for page in pages)


@pytest.mark.parametrize("said", ["nothing-of-ours", EVIL])
async def test_message_is_one_of_ours(admin: Browser, letter: UUID, said: str) -> None:
    page = (await admin.get(f"{LIST}/{letter}?{urlencode({'said': said})}")).text

    assert '<div id="said" role="status"></div>' in page


async def test_recording_is_sent_in_ranges_when_it_is_there(admin: Browser, letter: UUID) -> None:
    row = await db.fetch_one("SELECT storage_key FROM media")
    assert row is not None
    await storage.current().put(row["storage_key"], _chunks(b"0123456789"))

    answer = await admin.http.get(f"{LIST}/{letter}/source", headers={"Range": "bytes=2-4"})

    assert (answer.status_code, answer.content) == (206, b"234")
    assert f'<audio src="{LIST}/{letter}/source"' in (await admin.get(f"{LIST}/{letter}")).text


async def _chunks(content: bytes):
    yield content


async def test_export_has_all_that_match(admin: Browser) -> None:
    await letters.series(30)

    answer = await admin.get(f"{LIST}/export/csv?engine=stub&size=25")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="dead-letters.csv"'
    assert len(answer.text.strip().splitlines()) == 16  # a head and every second of 30


async def test_export_is_refused_when_the_format_is_unknown(admin: Browser) -> None:
    assert (await admin.get(f"{LIST}/export/xml")).status_code in (404, 422)
