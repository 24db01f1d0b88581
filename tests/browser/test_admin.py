"""The admin area in a real browser: stopping a queue, watching the workers, without script, on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ["/admin", "/admin/queues/stop?name=engine.low", "/admin/jobs", "/admin/users", "/admin/audit"]
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _pause(page: Page, queue: str, reason: str) -> None:
    page.goto("/admin")
    page.locator(f'[id="stop-{queue}"]').click()
    page.fill("[name=reason]", reason)
    page.click("main button[type=submit]")


def test_paused_queue_is_seen_by_everybody_until_it_is_resumed(admin: Page) -> None:
    other = admin.context.new_page()
    other.goto("/admin")
    expect(other.locator("#live-state")).to_have_text("Live")

    _pause(admin, "engine.low", "new disks, back at noon")

    for page in (admin, other):  # the other one was not reloaded
        expect(page.locator("#stopped")).to_contain_text("engine.low is paused: “new disks, back at noon”")
        expect(page.locator("[id='queue-engine.low']")).to_contain_text("paused")
    admin.locator("#stopped").get_by_role("button", name="Resume engine.low").click()
    expect(admin.locator("#stopped")).to_have_count(0)
    expect(other.locator("#stopped")).to_have_count(0)


def test_queue_is_paused_and_resumed_without_script(plain_admin: Page) -> None:
    _pause(plain_admin, "media.low", "tests")
    expect(plain_admin.locator("#stopped")).to_contain_text("media.low is paused: “tests”")

    plain_admin.locator("[id='resume-row-media.low']").click()

    expect(plain_admin.locator("#stopped")).to_have_count(0)
    plain_admin.goto("/admin/audit?subject_id=media.low")
    expect(plain_admin.locator("tbody tr")).to_have_count(2)


def test_worker_is_seen_at_its_job(admin: Page, lecture: Path) -> None:
    admin.goto("/jobs/new")
    admin.set_input_files("#file", lecture)
    expect(admin.locator("#quote .total")).to_be_visible()
    admin.click("#start")
    expect(admin.locator("#job-status")).to_be_visible()

    admin.goto("/admin")

    task = admin.locator("#workers .doing").get_by_role("link", name=lecture.name)
    expect(task).to_be_visible()
    task.click()
    expect(admin.locator("h1")).to_have_text(lecture.name)
    admin.fill("[name=reason]", "seen enough")
    admin.get_by_role("button", name="Cancel this job").click()
    expect(admin.locator(".page-head .chip")).to_have_text("Cancelled")


def test_what_is_marked_stays_while_the_page_is_live(admin: Page) -> None:
    admin.goto("/admin")
    expect(admin.locator("#live-state")).to_have_text("Live")
    admin.locator("#queues-title").evaluate(
        "title => { title.dataset.mine = 1; getSelection().selectAllChildren(title) }"
    )

    with admin.expect_event("console", lambda message: message.text == "three pictures"):
        admin.evaluate(
            "() => { const source = new EventSource('/admin/events'); let seen = 0;"
            " source.addEventListener('overview', () => { if (++seen === 3) console.info('three pictures') }) }"
        )

    assert admin.locator("#queues-title").get_attribute("data-mine") == "1"


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_a_phone(admin: Page, path: str) -> None:
    admin.set_viewport_size({"width": 360, "height": 800})

    admin.goto(path)

    assert admin.evaluate(_OVERFLOW) <= 0


def test_admin_area_is_closed_to_others(member: Page) -> None:
    expect(member.locator(".top .nav")).not_to_contain_text("Admin")

    answer = member.request.get("/admin", headers={"accept": "text/html"})

    assert answer.status == 403
