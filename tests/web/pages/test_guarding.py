"""The questions that every page route answers: works, anonymous, stranger, bad id, missing, forged."""

from __future__ import annotations

import httpx
import pytest

from tests.recordings import wav
from tests.web.conftest import MakeMedia, Member
from tests.web.pages.conftest import Browser, Finished

PUBLIC = ["/", "/login", "/register"]
PRIVATE = ["/jobs", "/jobs/new", "/credits", "/account"]
OF_A_JOB = ["", "/panel", "/status", "/lines", "/card", "/download/srt"]
POSTS = ["/jobs/{id}/cancel", "/jobs/{id}/retry", "/recordings/{id}/delete", "/account/keys/{id}/delete"]
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("path", [*PUBLIC, *PRIVATE])
async def test_page_works_when_signed_in(browser: Browser, path: str) -> None:
    answer = await browser.get(path)

    assert answer.status_code in (200, 303)
    assert answer.status_code == 303 or "</html>" in answer.text


@pytest.mark.parametrize("path", PUBLIC)
async def test_public_page_works_when_anonymous(anonymous: Browser, path: str) -> None:
    answer = await anonymous.get(path)

    assert answer.status_code == 200
    assert "Sign in" in answer.text


@pytest.mark.parametrize("path", [*PRIVATE, *(f"/jobs/{NOBODY}{end}" for end in OF_A_JOB)])
async def test_private_page_leads_to_sign_in_when_anonymous(anonymous: Browser, path: str) -> None:
    answer = await anonymous.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next={path}"


@pytest.mark.parametrize("end", OF_A_JOB)
async def test_job_page_works_when_it_is_ones_own(browser: Browser, job_id: str, finished: Finished, end: str) -> None:
    await finished(job_id)

    answer = await browser.get(f"/jobs/{job_id}{end}")

    assert answer.status_code == 200


@pytest.mark.parametrize("end", [*OF_A_JOB, "/recording"])
async def test_job_page_is_missing_when_it_is_a_strangers(
    other: Browser, job_id: str, finished: Finished, end: str
) -> None:
    await finished(job_id)

    answer = await other.get(f"/jobs/{job_id}{end}")

    assert answer.status_code == 404
    assert "lecture" not in answer.text


@pytest.mark.parametrize("id", ["not-an-id", NOBODY])
@pytest.mark.parametrize("end", [*OF_A_JOB, "/recording"])
async def test_job_page_is_missing_when_there_is_no_such_job(browser: Browser, id: str, end: str) -> None:
    answer = await browser.get(f"/jobs/{id}{end}")

    assert answer.status_code == 404


@pytest.mark.parametrize("id", ["not-an-id", NOBODY])
@pytest.mark.parametrize("path", POSTS)
async def test_form_is_missing_when_there_is_no_such_thing(browser: Browser, path: str, id: str) -> None:
    answer = await browser.post(path.format(id=id))

    assert answer.status_code == 404


async def test_forms_are_missing_when_the_thing_is_a_strangers(
    other: Browser, member: Member, job_id: str, make_media: MakeMedia
) -> None:
    media_id = await make_media(member)

    answers = [await other.post(path) for path in (f"/jobs/{job_id}/cancel", f"/recordings/{media_id}/delete")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (await member.http.get(f"/api/v1/jobs/{job_id}")).json()["status"] == "pending"
    assert (await member.http.get(f"/api/v1/media/{media_id}")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/register",
        "/logout",
        "/jobs",
        "/jobs/new/quote",
        "/jobs/new/uploads",
        f"/jobs/new/uploads/{NOBODY}/complete",
        "/account/keys",
        "/account/sessions/end-others",
        *(path.format(id=NOBODY) for path in POSTS),
    ],
)
async def test_form_is_refused_when_the_token_is_missing(browser: Browser, path: str) -> None:
    await browser.token()

    answer = await browser.http.post(path, data={"email": "a@b.c", "password": "correct horse", "name": "x"})

    assert answer.status_code == 403


async def test_upload_is_refused_when_the_token_is_missing(browser: Browser, member: Member) -> None:
    await browser.token()

    answer = await browser.http.post("/jobs/new", files={"file": ("a.wav", wav())})

    assert answer.status_code == 403
    assert (await member.http.get("/api/v1/media")).json()["items"] == []


async def test_error_is_a_page_when_a_browser_asks(http: httpx.AsyncClient, browser: Browser) -> None:
    answer = await browser.get("/no/such/page")

    assert answer.status_code == 404
    assert "Nothing here" in answer.text
    assert answer.headers["content-type"].startswith("text/html")
