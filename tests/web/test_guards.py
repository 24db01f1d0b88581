"""Who gets in: cookies for pages, bearer credentials for the API, never the one for the other."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from reelscribe.platform import db
from reelscribe.platform.services import sessions
from reelscribe.platform.services.sessions import Device

from tests.web.conftest import Job, Member


async def _cookie(member: Member) -> dict[str, str]:
    return {"Cookie": f"reelscribe_session={await sessions.open_page(member.id, Device())}"}


async def _finish(job: Job) -> None:
    await db.execute("UPDATE jobs SET status = 'completed', finished_at = now() WHERE id = $1", job["id"])


async def test_page_stream_opens_when_the_cookie_is_good(http: httpx.AsyncClient, member: Member, job: Job) -> None:
    await _finish(job)

    answer = await http.get(f"/jobs/{job['id']}/events", headers=await _cookie(member))

    assert answer.status_code == 200
    assert "event: job.completed" in answer.text


async def test_page_stream_is_missing_when_the_job_is_a_strangers(
    http: httpx.AsyncClient, outsider: Member, job: Job
) -> None:
    answer = await http.get(f"/jobs/{job['id']}/events", headers=await _cookie(outsider))

    assert answer.status_code == 404


async def test_page_stream_is_refused_when_only_a_token_is_sent(member: Member, job: Job) -> None:
    answer = await member.http.get(f"/jobs/{job['id']}/events")

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/api/v1/auth/me", "/api/v1/jobs"])
async def test_api_is_refused_when_only_a_good_cookie_is_sent(
    http: httpx.AsyncClient, member: Member, path: str
) -> None:
    answer = await http.get(path, headers=await _cookie(member))

    assert answer.status_code == 401


async def test_page_leads_to_sign_in_when_nobody_is(http: httpx.AsyncClient, job: Job) -> None:
    answer = await http.get(f"/jobs/{job['id']}/events", headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next=/jobs/{job['id']}/events"


async def test_cookie_is_sent_again_when_the_session_was_prolonged(
    http: httpx.AsyncClient, member: Member, job: Job
) -> None:
    cookie = await _cookie(member)
    await db.execute("UPDATE sessions SET last_seen_at = now() - $1::interval", timedelta(hours=2))
    await _finish(job)

    answer = await http.get(f"/jobs/{job['id']}/events", headers=cookie)

    set_cookie = next(
        value for value in answer.headers.get_list("set-cookie") if value.startswith("reelscribe_session")
    )
    assert {"HttpOnly", "SameSite=lax", "Max-Age=2592000"} <= set(set_cookie.split("; "))
    row = await db.fetch_one("SELECT max(last_seen_at) > now() - interval '1 minute' AS fresh FROM sessions")
    assert row is not None
    assert row["fresh"]


async def test_static_files_may_be_kept_when_fetched(http: httpx.AsyncClient) -> None:
    answer = await http.get("/static/favicon.svg")

    assert answer.status_code == 200
    assert "max-age=3600" in answer.headers["cache-control"]
    assert answer.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("path", ["/static/../templates/error.html", "/static/%2e%2e/templates/error.html"])
async def test_static_files_stay_inside_their_folder_when_asked_for_more(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 404


async def test_sign_in_leads_back_to_this_site_when_the_path_names_another(
    http: httpx.AsyncClient, server: str
) -> None:
    answer = await http.get(f"{server}//events", headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/events"
