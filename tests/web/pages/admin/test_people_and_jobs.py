"""Everybody's accounts and jobs, and the audit log, as pages."""

from __future__ import annotations

import pytest

from tests.web.conftest import Member
from tests.web.pages.conftest import Browser, Finished

NOBODY = "00000000-0000-4000-8000-000000000000"
UNCHANGED = {"role": "user", "state": "active", "max_priority": "high"}


async def test_users_are_found(admin: Browser, member: Member) -> None:
    page = (await admin.get(f"/admin/users?q={member.email}&role=user&state=active")).text

    assert f'href="/admin/users/{member.id}"' in page
    assert "Nobody is like that" in (await admin.get("/admin/users?q=nobody@nowhere")).text


async def test_account_is_changed_by_a_form(admin: Browser, member: Member) -> None:
    path = f"/admin/users/{member.id}"
    answer = await admin.post(path, **UNCHANGED | {"state": "disabled", "max_jobs_at_once": "3", "reason": "left"})

    page = (await admin.get(path)).text
    assert answer.status_code == 303
    assert 'value="3"' in page
    assert '<span class="chip failed">disabled</span>' in page


@pytest.mark.parametrize("count", ["0", "99999"])
async def test_account_form_comes_back_when_a_number_does_not_fit(admin: Browser, member: Member, count: str) -> None:
    answer = await admin.post(f"/admin/users/{member.id}", **UNCHANGED | {"max_jobs_at_once": count})

    assert answer.status_code == 422
    assert 'id="problem"' in answer.text


async def test_admin_is_told_when_demoting_themselves(admin: Browser, boss: Member) -> None:
    answer = await admin.post(f"/admin/users/{boss.id}", **UNCHANGED)

    assert answer.status_code == 409
    assert "Ask another administrator" in answer.text


async def test_credits_are_given_by_a_form(admin: Browser, member: Member) -> None:
    before = (await member.http.get("/api/v1/credits")).json()["balance"]

    answer = await admin.post(f"/admin/users/{member.id}/credits", amount="2,50", reason="sorry")

    after = (await member.http.get("/api/v1/credits")).json()["balance"]
    assert answer.status_code == 303
    assert float(after) - float(before) == 2.5


@pytest.mark.parametrize("amount", ["", "many", "-1", "NaN", "0.001"])
async def test_credit_form_comes_back_when_the_amount_is_none(admin: Browser, member: Member, amount: str) -> None:
    answer = await admin.post(f"/admin/users/{member.id}/credits", amount=amount)

    assert answer.status_code == 422
    assert 'id="problem"' in answer.text


async def test_jobs_are_found(admin: Browser, member: Member, job_id: str) -> None:
    page = (await admin.get(f"/admin/jobs?q=lecture&status=pending&engine=stub&user={member.email}")).text

    assert f'href="/admin/jobs/{job_id}"' in page
    assert "No job is like that" in (await admin.get("/admin/jobs?status=failed")).text
    assert f'href="/admin/jobs/{job_id}"' in (await admin.get("/admin/jobs?status=odd")).text


async def test_job_is_cancelled_by_a_form_and_noted(admin: Browser, job_id: str) -> None:
    page = await admin.get(f"/admin/jobs/{job_id}")
    answer = await admin.post(f"/admin/jobs/{job_id}/cancel", reason="runaway")

    assert "Read the file" in page.text
    assert answer.status_code == 303
    assert "Cancelled" in (await admin.get(f"/admin/jobs/{job_id}")).text
    assert "runaway" in (await admin.get("/admin/audit?action=job.cancelled")).text


async def test_job_says_so_when_it_cannot_be_cancelled(admin: Browser, job_id: str, finished: Finished) -> None:
    await finished(job_id)

    answer = await admin.post(f"/admin/jobs/{job_id}/cancel", reason="too late")

    assert answer.status_code == 409
    assert "cannot be cancelled" in answer.text


@pytest.mark.parametrize("id", [NOBODY, "not-an-id"])
@pytest.mark.parametrize("path", ["/admin/users/{id}", "/admin/jobs/{id}"])
async def test_page_is_missing_when_there_is_no_such_thing(admin: Browser, path: str, id: str) -> None:
    assert (await admin.get(path.format(id=id))).status_code == 404


@pytest.mark.parametrize("path", ["/admin/users/{id}/credits", "/admin/jobs/{id}/cancel"])
async def test_form_is_missing_when_there_is_no_such_thing(admin: Browser, path: str) -> None:
    assert (await admin.post(path.format(id=NOBODY), amount="1")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/admin/queues/stop",
        "/admin/queues/resume",
        "/admin/queues/resume-all",
        "/admin/engines/reset",
        f"/admin/users/{NOBODY}",
        f"/admin/users/{NOBODY}/credits",
        f"/admin/jobs/{NOBODY}/cancel",
    ],
)
async def test_form_is_refused_when_forged_or_when_no_admin(admin: Browser, browser: Browser, path: str) -> None:
    await admin.token()

    forged = await admin.http.post(path, data={"name": "all", "reason": "x"})
    stranger = await browser.post(path, name="all", reason="x")

    assert (forged.status_code, stranger.status_code) == (403, 403)


async def test_audit_is_empty_when_nothing_was_done(admin: Browser) -> None:
    assert "Nothing was done yet" in (await admin.get("/admin/audit")).text
    assert "Nothing like that was done" in (await admin.get("/admin/audit?actor=a@b.c")).text
