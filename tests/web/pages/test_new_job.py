"""From a file to a job."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest
from reelscribe.platform import db

from tests.recordings import wav
from tests.web.conftest import Member
from tests.web.pages.conftest import Browser


async def test_price_is_shown_when_the_recording_is_there(browser: Browser, media_id: str) -> None:
    page = (await browser.get(f"/jobs/new?media_id={media_id}")).text

    assert "<strong>1</strong> credits" in page  # one minute
    assert "You have 600." in page


async def test_recording_is_missing_when_it_is_a_strangers(other: Browser, media_id: str) -> None:
    page = await other.get(f"/jobs/new?media_id={media_id}")
    quote = await other.post("/jobs/new/quote", media_id=media_id)

    assert (page.status_code, quote.status_code) == (404, 404)


async def test_quote_stands_alone_with_and_without_recording(browser: Browser, media_id: str) -> None:
    pages = [(await browser.post("/jobs/new/quote", **fields)).text for fields in ({}, {"media_id": media_id})]

    assert [page.strip().startswith('<section class="card quote" id="quote"') for page in pages] == [True, True]
    assert "Transcription" in pages[1]


async def test_quote_says_why_when_the_choice_is_impossible(browser: Browser, media_id: str) -> None:
    answer = await browser.post(
        "/jobs/new/quote", media_id=media_id, mode="dialogue", min_speakers="5", max_speakers="2"
    )

    assert "min_speakers is larger than max_speakers" in answer.text


async def test_job_begins_with_what_was_chosen(browser: Browser, member: Member, media_id: str) -> None:
    answer = await browser.post("/jobs", media_id=media_id, language="de", mode="dialogue", max_speakers="3", key="k1")

    assert answer.status_code == 303
    job = (await member.http.get(f"/api/v1{answer.headers['location']}")).json()
    assert (job["language"], job["mode"], job["media_id"]) == ("de", "dialogue", media_id)


async def test_one_job_begins_when_the_form_is_sent_twice(browser: Browser, member: Member, media_id: str) -> None:
    answers = [await browser.post("/jobs", media_id=media_id, key="same") for _ in range(2)]

    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert len((await member.http.get("/api/v1/jobs")).json()["items"]) == 1


async def test_form_says_what_is_needed_when_credits_are_short(browser: Browser, member: Member, media_id: str) -> None:
    await db.execute("UPDATE media SET duration_seconds = 60000 WHERE id = $1", UUID(media_id))  # 1000 minutes

    answer = await browser.post("/jobs", media_id=media_id)

    assert answer.status_code == 402
    assert "This needs 1000.00 credits, you have 600.00" in answer.text


async def test_file_becomes_a_job_without_script(browser: Browser, member: Member) -> None:
    fields = {"_csrf_token": await browser.token(), "language": "en", "mode": "mono"}

    answer = await browser.http.post("/jobs/new", data=fields, files={"file": ("../a<b>talk.wav", wav(2.0))})

    assert answer.status_code == 303, answer.text
    page = (await browser.get(answer.headers["location"])).text
    assert "a&lt;b&gt;talk.wav" in page


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "empty"),
        (b"\x00\x01\x02" * 1000, 422, "cannot be read"),
    ],
)
async def test_form_says_why_when_the_file_is_bad(browser: Browser, content: bytes, status: int, words: str) -> None:
    fields = {"_csrf_token": await browser.token()}

    answer = await browser.http.post("/jobs/new", data=fields, files={"file": ("a.mp4", content)})

    assert answer.status_code == status
    alert = re.search(r'role="alert">(.*?)</div>', answer.text, re.DOTALL)
    assert alert is not None
    assert words in alert.group(1).lower()


async def test_upload_in_parts_becomes_a_recording(browser: Browser, server: str) -> None:
    content, headers = wav(2.0), {"x-csrftoken": await browser.token()}
    new = {"filename": "talk.wav", "size": len(content), "content_type": "audio/wav"}
    view = (await browser.http.post("/jobs/new/uploads", json=new, headers=headers)).json()
    async with httpx.AsyncClient(base_url=server) as bare:
        for part in view["parts"]:
            await bare.put(part["url"], content=content, headers=part["headers"])

    seen = (await browser.get(f"/jobs/new/uploads/{view['id']}")).json()
    media = await browser.http.post(f"/jobs/new/uploads/{view['id']}/complete", headers=headers)

    assert [part["arrived"] for part in seen["parts"]] == [True]
    assert (media.status_code, media.json()["filename"]) == (201, "talk.wav")


async def test_upload_is_missing_when_it_is_a_strangers(browser: Browser, other: Browser) -> None:
    headers = {"x-csrftoken": await browser.token()}
    new = {"filename": "talk.wav", "size": 10}
    view = (await browser.http.post("/jobs/new/uploads", json=new, headers=headers)).json()

    theirs = {"x-csrftoken": await other.token()}
    path = f"/jobs/new/uploads/{view['id']}"
    answers = [
        await other.get(path),
        await other.http.post(f"{path}/complete", headers=theirs),
        await other.http.delete(path, headers=theirs),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
