"""The lists."""

from __future__ import annotations

import re
from uuid import UUID

from reelscribe.platform import db

from tests.web.conftest import MakeMedia, Member
from tests.web.pages.conftest import Browser, Finished

NAMES = re.compile(r"<bdi>(.*?)</bdi>")


async def test_library_says_what_to_do_when_empty(browser: Browser) -> None:
    answer = await browser.get("/")

    assert "Nothing here yet" in answer.text
    assert 'href="/jobs/new"' in answer.text


async def test_library_shows_recordings_with_and_without_job(
    browser: Browser, member: Member, make_media: MakeMedia, job_id: str
) -> None:
    media_id = await make_media(member, filename="interview.wav", kind="audio")

    answer = await browser.get("/")

    assert NAMES.findall(answer.text) == ["interview.wav", "lecture.mp4"]
    assert f"/jobs/new?media_id={media_id}" in answer.text
    assert f"/jobs/{job_id}" in answer.text


async def test_library_is_empty_when_everything_is_a_strangers(other: Browser, job_id: str) -> None:
    answer = await other.get("/")

    assert NAMES.findall(answer.text) == []


async def test_library_is_searched_when_asked(browser: Browser, member: Member, make_media: MakeMedia) -> None:
    for name in ("Algebra 1.mp4", "Algebra 2.mp4", "Botany.mp4"):
        await make_media(member, filename=name)

    answer = await browser.http.get("/", params={"q": "algebra", "status": ""})

    assert NAMES.findall(answer.text) == ["Algebra 2.mp4", "Algebra 1.mp4"]


async def test_jobs_are_filtered_when_a_status_is_chosen(browser: Browser, job_id: str, finished: Finished) -> None:
    await finished(job_id)

    found = {
        status: NAMES.findall((await browser.get(f"/jobs?status={status}")).text) for status in ("completed", "failed")
    }

    assert found == {"completed": ["lecture.mp4"], "failed": []}


async def test_older_ones_follow_when_there_are_many(browser: Browser, member: Member, make_media: MakeMedia) -> None:
    for number in range(30):
        await make_media(member, filename=f"{number:02}.mp4")

    first = await browser.get("/")
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older is not None
    second = await browser.get(older.group(1).replace("&amp;", "&"))

    assert NAMES.findall(first.text) + NAMES.findall(second.text) == [
        f"{number:02}.mp4" for number in range(29, -1, -1)
    ]
    assert 'rel="next"' not in second.text


async def test_name_is_text_when_it_looks_like_a_page(browser: Browser, member: Member, make_media: MakeMedia) -> None:
    await make_media(member, filename='"><script>alert(1)</script>.mp4')

    answer = await browser.get("/?q=%22%3E%3Cscript%3Ealert(2)")
    everything = await browser.get("/")

    assert "<script>alert" not in answer.text + everything.text
    assert "&lt;script&gt;alert(1)" in everything.text


async def test_recording_is_gone_when_deleted(browser: Browser, media_id: str) -> None:
    await db.execute("UPDATE media SET storage_key = 'media/none/none' WHERE id = $1", UUID(media_id))

    answer = await browser.post(f"/recordings/{media_id}/delete")

    assert answer.status_code == 303
    assert "Nothing here yet" in (await browser.get("/")).text
