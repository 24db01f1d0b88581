"""What was found out about a recording, in a browser: outline, translations, marks, phones, dark."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import msgspec
import pytest
from playwright.sync_api import Page, expect
from reelscribe.cli import launch
from reelscribe.platform.embedded import postgres

from tests import told
from tests.browser.conftest import register
from tests.recordings import wav

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_NOW = "() => document.querySelector('#media').currentTime"
Tell = Callable[[Page], str]


@pytest.fixture
def tell(platform: launch.Platform, tmp_path: Path) -> Tell:
    """Let somebody who is signed in have a job whose transcript is the talk; return its address."""
    document = msgspec.json.encode(told.transcript()).decode()

    async def write(job: str) -> None:
        connection = await asyncpg.connect(postgres.url(platform.home))
        await connection.execute("UPDATE transcripts SET document = $2 WHERE job_id = $1", job, document)
        await connection.close()

    def act(page: Page) -> str:
        file = tmp_path / "talk.wav"
        file.write_bytes(wav(32.0))
        page.goto("/jobs/new")
        page.set_input_files("#file", file)
        page.get_by_role("button", name="tart").click()
        expect(page.locator("#job[data-status=completed]")).to_be_attached()
        job = page.locator("#job").get_attribute("data-job") or ""
        with ThreadPoolExecutor(1) as pool:  # Playwright has the loop of this thread
            pool.submit(lambda: asyncio.run(write(job))).result()
        page.goto(f"/jobs/{job}")
        return f"/jobs/{job}"

    return act


def test_chapters_and_names_lead_to_their_moments(member: Page, tell: Tell) -> None:
    tell(member)
    expect(member.locator("#player-row")).to_be_visible()

    member.get_by_role("link", name="A late start").press("Enter")

    expect(member.locator("#s7.current")).to_be_in_viewport()
    assert member.evaluate(_NOW) == 24
    member.locator("#names > summary").click()
    member.locator("#names li", has_text="London").get_by_role("link").click()
    expect(member.locator("#s5.current")).to_be_in_viewport()
    assert member.evaluate(_NOW) == 16.5


def test_translation_is_switched_while_the_player_stays(member: Page, tell: Tell) -> None:
    job = tell(member)
    member.get_by_role("link", name="Nobody paid").click()

    member.get_by_role("link", name="German").click()

    expect(member.locator("#s4 .said")).to_have_text("Warum hat niemand dafür bezahlt?")
    assert member.url.endswith(f"{job}?translation=de")
    assert member.evaluate(_NOW) == 12
    expect(member.locator("#s4.current")).to_be_attached()
    member.locator("#s6 .said [data-t]").click()
    expect(member.locator("#s6.current")).to_be_attached()
    member.get_by_role("link", name="As spoken").click()
    expect(member.locator("#s4 .said")).to_have_text("Why did nobody pay for it?")


def test_translation_and_outline_work_without_script(plain: Page, tell: Tell) -> None:
    register(plain)
    tell(plain)

    plain.get_by_role("link", name="German").click()
    expect(plain.locator("#s3 .said")).to_have_text("Leider wurde die Maschine nie gebaut.")
    plain.get_by_role("link", name="A late start").click()

    expect(plain.locator("#s7")).to_be_in_viewport()
    assert plain.url.endswith("?translation=de#s7")


def test_marks_of_unsure_words_stay_off_once_switched_off(member: Page, tell: Tell) -> None:
    tell(member)
    line = "() => getComputedStyle(document.querySelector('#s5 .unsure')).textDecorationLine"
    assert member.evaluate(line) == "underline"

    member.get_by_label("Mark unsure words").press("Space")

    assert member.evaluate(line) == "none"
    member.reload()
    expect(member.get_by_label("Mark unsure words")).not_to_be_checked()
    assert member.evaluate(line) == "none"


def test_nothing_is_wider_than_a_phone_and_dark_is_dark(member: Page, tell: Tell) -> None:
    job = tell(member)
    member.set_viewport_size({"width": 360, "height": 740})
    member.emulate_media(color_scheme="dark")

    widths = {}
    for path in (job, f"{job}?translation=ar", "/jobs/new"):
        member.goto(path)
        member.evaluate("() => document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        widths[path] = member.evaluate(_OVERFLOW)

    assert {path: width for path, width in widths.items() if width > 0} == {}
    assert member.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(17, 22, 28)"


def test_text_of_an_engine_that_gave_up_is_dropped(member: Page, tmp_path: Path) -> None:
    file = tmp_path / "talk.wav"
    file.write_bytes(wav(60.0))
    events = (
        'event: job.partial\ndata: {"segments": [{"start": 1, "text": "From the first engine"}]}\n\n'
        'event: job.partial\ndata: {"segments": [], "restart": true}\n\n'
        'event: job.partial\ndata: {"segments": [{"start": 2, "text": "From the second one"}]}\n\n'
    )
    member.route("**/jobs/*/events", lambda route: route.fulfill(content_type="text/event-stream", body=events))
    member.goto("/jobs/new")
    member.set_input_files("#file", file)

    member.click("#quote:has(.total) #start")

    expect(member.locator("#live-text p[data-segment]")).to_have_text(["0:02 From the second one"])
