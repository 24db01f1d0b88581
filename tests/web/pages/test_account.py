"""Keys, sign-ins, credits."""

from __future__ import annotations

import re

import httpx

from tests.web.conftest import Member
from tests.web.pages.conftest import Browser, MakeBrowser


async def test_key_is_shown_once_and_works(browser: Browser, http: httpx.AsyncClient) -> None:
    page = (await browser.post("/account/keys", name="laptop", access="read")).text
    shown = re.search(r'id="new-key">(rs_[^<]+)<', page)
    assert shown is not None

    answer = await http.get("/api/v1/jobs", headers={"Authorization": f"Bearer {shown.group(1)}"})

    assert answer.status_code == 200
    assert shown.group(1) not in (await browser.get("/account")).text


async def test_key_is_useless_when_revoked(browser: Browser, member: Member) -> None:
    page = (await browser.post("/account/keys", name="laptop")).text
    address = re.search(r"/account/keys/[0-9a-f-]+/delete", page)
    assert address is not None

    answer = await browser.post(address.group())

    assert answer.status_code == 303
    assert (await member.http.get("/api/v1/keys")).json()["items"] == []


async def test_key_needs_a_name(browser: Browser) -> None:
    answer = await browser.post("/account/keys", name="  ")

    assert answer.status_code == 422
    assert "Give the key a name" in answer.text


async def test_strangers_key_is_missing_when_revoked(browser: Browser, other: Browser) -> None:
    page = (await browser.post("/account/keys", name="laptop")).text
    address = re.search(r"/account/keys/[0-9a-f-]+/delete", page)
    assert address is not None

    assert (await other.post(address.group())).status_code == 404


async def test_other_browsers_are_signed_out_when_asked(make_browser: MakeBrowser, member: Member) -> None:
    this, elsewhere = await make_browser(member), await make_browser(member)

    await this.post("/account/sessions/end-others")

    assert (await elsewhere.get("/account")).status_code == 303
    assert (await this.get("/account")).status_code == 200


async def test_ledger_explains_the_balance(browser: Browser, job_id: str) -> None:
    page = (await browser.get("/credits")).text

    assert "Set aside" in page
    assert f"/jobs/{job_id}" in page
    assert "<dd>599</dd>" in page
