"""Register, sign in, sign out."""

from __future__ import annotations

import secrets

import pytest
from reelscribe.web.guards import SESSION_COOKIE

from tests.web.conftest import PASSWORD, Member
from tests.web.pages.conftest import Browser


async def test_account_is_made_and_signed_in_when_registering(anonymous: Browser) -> None:
    answer = await anonymous.post("/register", email=f"{secrets.token_hex(4)}@example.test", password=PASSWORD)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Upload the first recording" in (await anonymous.get("/")).text


async def test_form_says_why_when_the_address_is_taken(anonymous: Browser, member: Member) -> None:
    answer = await anonymous.post("/register", email=member.email, password=PASSWORD)

    assert answer.status_code == 409
    assert "This e-mail address has an account." in answer.text
    assert member.email in answer.text


async def test_form_says_why_when_the_password_is_weak(anonymous: Browser) -> None:
    answer = await anonymous.post("/register", email="new@example.test", password="short")

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


async def test_form_says_why_when_the_password_is_wrong(anonymous: Browser, member: Member) -> None:
    answer = await anonymous.post("/login", email=member.email, password="wrong horse battery")

    assert answer.status_code == 401
    assert "E-mail address or password is wrong." in answer.text
    assert SESSION_COOKIE not in anonymous.http.cookies


async def test_browser_goes_where_it_wanted_when_signed_in(anonymous: Browser, member: Member) -> None:
    answer = await anonymous.post("/login", email=member.email, password=PASSWORD, next="/jobs/new")

    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs/new")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "\\\\evil.test",
        "javascript:alert(1)",
        "/\t/evil.test",
        "/%0d%0aSet-Cookie:x\r\n",
        " //evil.test",
        "/login",
    ],
)
async def test_target_is_the_start_when_it_is_not_ours(anonymous: Browser, member: Member, target: str) -> None:
    form = await anonymous.http.get("/login", params={"next": target})

    answer = await anonymous.post("/login", email=member.email, password=PASSWORD, next=target)

    assert 'name="next" value="/"' in form.text
    assert answer.headers["location"] == "/"


async def test_session_has_ended_when_signed_out(browser: Browser) -> None:
    kept = browser.http.cookies[SESSION_COOKIE]

    answer = await browser.post("/logout")
    browser.http.cookies.set(SESSION_COOKIE, kept)

    assert answer.status_code == 303
    assert (await browser.get("/jobs")).headers["location"] == "/login?next=/jobs"


async def test_cookie_is_out_of_reach_of_scripts_when_set(anonymous: Browser, member: Member) -> None:
    answer = await anonymous.post("/login", email=member.email, password=PASSWORD)

    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
