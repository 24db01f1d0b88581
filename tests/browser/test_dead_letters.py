"""An administrator at night: finds out what failed, decides one by one and for many, by keyboard and without script."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import httpx
import pytest
from playwright.sync_api import Page, expect
from reelscribe.cli import launch
from reelscribe.platform.embedded import postgres

from tests.browser.conftest import PASSWORD
from tests.recordings import wav

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SERIES = """
import asyncio, sys
from reelscribe.platform import db
from tests.platform.services.dead_letters import letters

async def insert() -> None:
    await db.start()
    await letters.series(int(sys.argv[1]), causes=int(sys.argv[2]))
    await db.stop()

asyncio.run(insert())
"""
_ROOT = Path(__file__).resolve().parents[2]

Execute = Callable[..., None]
Series = Callable[[int, int], None]


@pytest.fixture
def execute(platform: launch.Platform) -> Execute:
    """Change something in the platform's database, on a thread of its own: Playwright has the loop of this one."""

    async def run(sql: str, *values: object) -> None:
        connection = await asyncpg.connect(postgres.url(platform.home))
        await connection.execute(sql, *values)
        await connection.close()

    def act(sql: str, *values: object) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(run(sql, *values))).result()

    return act


@pytest.fixture
def series(platform: launch.Platform, execute: Execute) -> Series:
    """Make the platform's only letters: so many, of so many causes."""

    def make(count: int, causes: int) -> None:
        execute("DELETE FROM dead_letters")
        environ = os.environ | {"REELSCRIBE_DATABASE_URL": postgres.url(platform.home)}
        command = [sys.executable, "-c", _SERIES, str(count), str(causes)]
        subprocess.run(command, env=environ, cwd=_ROOT, check=True, timeout=60)

    return make


class Boss:
    """An administrator: their page, and a client of the API for the jobs that they have as everybody has."""

    def __init__(self, page: Page, site: str, execute: Execute) -> None:
        self.page, self.email, self.execute = page, f"{secrets.token_hex(6)}@example.test", execute
        self.http = httpx.Client(base_url=site, timeout=60)
        account = {"email": self.email, "password": PASSWORD}
        self.http.post("/api/v1/auth/register", json=account).raise_for_status()
        execute("UPDATE users SET role = 'admin' WHERE email = $1", self.email)
        tokens = self.http.post("/api/v1/auth/login", json=account).json()
        self.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    def sign_in(self) -> None:
        self.page.goto("/login?next=/admin")
        self.page.fill("[name=email]", self.email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button[type=submit]")

    def failing_job(self) -> str:
        """Begin a job whose model is gone since it was accepted: one that never was is refused."""
        media = self.http.post("/api/v1/media", files={"file": ("Night lecture.wav", wav(3.0))}).json()
        queue = "/api/v1/admin/queues/engine:pocketsphinx"
        self.http.post(f"{queue}/pause", json={"reason": "the model goes"}).raise_for_status()
        job = self.http.post("/api/v1/jobs", json={"media_id": media["id"], "engine": "pocketsphinx"}).json()
        self.execute("UPDATE jobs SET model = 'nothing' WHERE id = $1", job["id"])
        self.http.post(f"{queue}/resume").raise_for_status()
        return str(job["id"])


MakeBoss = Callable[[Page], Boss]


@pytest.fixture
def make_boss(site: str, execute: Execute) -> Iterator[MakeBoss]:
    made: list[Boss] = []

    def make(page: Page) -> Boss:
        made.append(Boss(page, site, execute))
        made[-1].sign_in()
        return made[-1]

    yield make
    for each in made:
        each.http.close()


@pytest.fixture
def boss(page: Page, make_boss: MakeBoss) -> Boss:
    return make_boss(page)


@pytest.fixture
def admin(boss: Boss) -> Page:
    return boss.page


def test_job_runs_again_with_another_model(boss: Boss, series: Series) -> None:
    page = boss.page
    series(0, 1)
    page.goto("/admin/dead-letters")
    expect(page.locator("#letters-empty")).to_contain_text("Nothing failed")

    job_id = boss.failing_job()
    expect(page.locator("tr[data-id]")).to_contain_text("Night lecture.wav")  # the list refreshes itself
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_contain_text("not 'nothing'")
    _hears_keys(page)
    page.keyboard.press("r")
    page.fill("#dialog [name=model]", "")
    page.click("#dialog button[type=submit]")
    expect(page.locator("#requeue-preview .diff")).to_contain_text("nothing")
    expect(page.locator("#requeue-preview .steps")).to_contain_text("Write down what is said")
    page.get_by_role("button", name="Requeue now").click()

    expect(page.locator("#said")).to_contain_text("Requeued.")
    expect(page.locator("#decided")).to_contain_text(f"Requeued by {boss.email}")
    expect(page.locator("#payload")).to_contain_text('"model": "nothing"')  # the request as it was
    page.goto(f"/jobs/{job_id}")
    expect(page.locator("#job[data-status=completed]")).to_be_visible()


def _hears_keys(page: Page) -> None:
    """Wait until the page that is there has run its scripts."""
    page.wait_for_load_state()


def test_group_is_discarded_once_its_number_is_typed(admin: Page, series: Series) -> None:
    series(180, 3)
    admin.goto("/admin/dead-letters")
    admin.keyboard.press("g")
    admin.get_by_role("link", name="Only this cause").first.click()
    expect(admin.locator(".filter-chip")).to_have_count(1)
    admin.keyboard.press("a")
    expect(admin.locator("#picked-count")).to_have_text("50 selected")

    admin.get_by_role("button", name="Select all 60 matching").click()
    admin.keyboard.press("d")
    expect(admin.locator("#bulk-preview h2")).to_have_text("Discard 60 dead letters")
    admin.fill("#dialog [name=reason]", "An old batch")
    admin.fill("#dialog [name=confirm]", "60")
    admin.locator("#dialog").get_by_role("button", name="Discard 60").click()

    expect(admin.locator("#bulk-progress")).to_contain_text("All 60 are done, none was skipped.")
    admin.goto("/admin/dead-letters")
    expect(admin.locator("#letters")).to_have_attribute("data-total", "120")


def test_selection_is_made_by_keys_and_stays(admin: Page, series: Series) -> None:
    series(10, 2)
    admin.goto("/admin/dead-letters")
    live = admin.locator("#live")
    expect(live).to_contain_text("Updates every")

    for key in ("j", "j", "x", "j", "j", "Shift+X"):
        admin.keyboard.press(key)
    expect(admin.locator("#picked-count")).to_have_text("3 selected")
    expect(live).to_have_text("Updates wait while something is selected")
    with admin.expect_response("**/admin/dead-letters/rows*"):
        admin.keyboard.press(".")
    expect(admin.locator("tr.picked")).to_have_count(3)
    admin.keyboard.press("o")
    expect(admin.locator("p.key-hints")).to_contain_text("Esc")
    admin.keyboard.press("Escape")
    expect(admin.locator("tr.picked input:checked")).to_have_count(3)
    admin.keyboard.press("Escape")
    expect(admin.locator("#picked-count")).to_have_text("Nothing selected")


def test_range_is_selected_with_shift_and_the_mouse(admin: Page, series: Series) -> None:
    series(10, 2)
    admin.goto("/admin/dead-letters")
    ticks = admin.locator("tr[data-id] input")

    ticks.nth(1).click()
    ticks.nth(4).click(modifiers=["Shift"])

    expect(admin.locator("tr.picked")).to_have_count(4)


def test_keys_do_nothing_while_somebody_types(admin: Page, series: Series) -> None:
    series(3, 1)
    admin.goto("/admin/dead-letters")

    admin.keyboard.press("/")
    expect(admin.locator("#q")).to_be_focused()
    admin.keyboard.type("xdj?")

    expect(admin.locator("#q")).to_have_value("xdj?")
    expect(admin.locator("dialog[open]")).to_have_count(0)
    expect(admin.locator("tr.picked, tr.current")).to_have_count(0)


def test_letter_is_discarded_with_a_reason_and_restored(admin: Page, series: Series) -> None:
    series(3, 1)
    admin.goto("/admin/dead-letters")
    admin.locator("tr[data-id] a.open").first.click()
    expect(admin.locator("#payload")).to_be_visible()
    _hears_keys(admin)

    admin.keyboard.press("d")
    expect(admin.locator("#dialog [name=reason]")).to_be_focused()
    admin.keyboard.type("Only a test")
    admin.locator("#dialog").get_by_role("button", name="Discard").click()
    expect(admin.locator("#decided")).to_contain_text("Only a test")
    _hears_keys(admin)
    admin.keyboard.press("u")

    expect(admin.locator("#said")).to_contain_text("Restored.")
    expect(admin.locator("header .chip.failed")).to_have_text("Open")


def test_help_names_the_keys(admin: Page, series: Series) -> None:
    series(1, 1)
    admin.goto("/admin/dead-letters")

    admin.keyboard.press("?")

    expect(admin.locator("#keys")).to_contain_text("requeue the selection, or this line")
    admin.keyboard.press("Escape")
    expect(admin.locator("#keys")).to_be_hidden()


def test_all_of_it_works_without_script(plain: Page, make_boss: MakeBoss, series: Series) -> None:
    series(4, 1)
    make_boss(plain)
    plain.goto("/admin/dead-letters")

    plain.locator("tr[data-id] input").nth(0).check()
    plain.locator("tr[data-id] input").nth(2).check()
    plain.get_by_role("button", name="Discard", exact=True).click()
    expect(plain.locator("#bulk-preview h2")).to_have_text("Discard 2 dead letters")
    plain.fill("[name=reason]", "Without script")
    plain.get_by_role("button", name="Discard 2").click()

    expect(plain.locator("#bulk-progress")).to_contain_text("All 2 are done")  # the page refreshes itself
    plain.goto("/admin/dead-letters")
    plain.locator("[data-act=requeue]").first.click()
    plain.get_by_role("button", name="Preview").click()
    plain.get_by_role("button", name="Requeue now").click()
    expect(plain.locator("#said")).to_contain_text("Requeued.")


def test_nothing_is_wider_than_a_phone(admin: Page, execute: Execute, series: Series) -> None:
    series(4, 2)
    execute("UPDATE media SET filename = $1", "no-space-" * 27)
    execute("UPDATE dead_letters SET message = repeat('x', 900), note = repeat('y', 300)")
    admin.goto("/admin/dead-letters")
    letter = admin.locator("a.open").first.get_attribute("href") or ""
    admin.set_viewport_size({"width": 360, "height": 740})

    widths = {}
    for path in ("/admin/dead-letters", "/admin/dead-letters/groups", letter, "/admin/bulk"):
        admin.goto(path)
        widths[path] = admin.evaluate(_OVERFLOW)

    assert {path: width for path, width in widths.items() if width > 0} == {}
