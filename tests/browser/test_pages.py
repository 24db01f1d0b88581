"""What only a browser can show: uploads that break off, keys, long texts, no script, colours, width."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import register
from tests.recordings import wav

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    file = tmp_path / "talk.wav"
    file.write_bytes(wav(3.0))
    return file


def _text_job(page: Page, lines: int, folder: Path) -> None:
    """Make a job of a text, which is its own transcript."""
    file = folder / "long.txt"
    file.write_text("\n\n".join(f"Sentence number {n} says something of its own." for n in range(lines)))
    page.goto("/jobs/new")
    page.set_input_files("#file", file)
    expect(page.locator("#quote .total")).to_be_visible()
    page.click("#start")
    expect(page.locator("#job[data-status=completed]")).to_be_visible()


def test_upload_is_tried_again_when_the_line_breaks(member: Page, talk: Path) -> None:
    broken: list[str] = []

    def break_once(route: Route) -> None:
        if broken:
            route.continue_()
        else:
            broken.append(route.request.url)
            route.abort()

    member.route("**/parts/**", break_once)
    member.goto("/jobs/new")

    member.set_input_files("#file", talk)

    expect(member.locator("#quote .total")).to_be_visible()
    assert len(broken) == 1


def test_upload_goes_on_after_a_reload(member: Page, talk: Path) -> None:
    member.goto("/jobs/new")
    member.route("**/complete", lambda route: route.abort())
    with member.expect_request("**/complete"):
        member.set_input_files("#file", talk)
    member.reload()
    member.unroute("**/complete")
    expect(member.locator("#resume")).to_contain_text("talk.wav")
    parts: list[str] = []
    member.on("request", lambda request: parts.append(request.url) if "/parts/" in request.url else None)

    member.set_input_files("#file", talk)

    expect(member.locator("#quote .total")).to_be_visible()
    assert parts == []  # all of it had arrived


def test_price_follows_changes_that_come_fast(member: Page, talk: Path) -> None:
    member.goto("/jobs/new")
    member.set_input_files("#file", talk)
    expect(member.locator("#quote .total")).to_be_visible()

    member.evaluate(
        """() => {
            for (const mode of ["dialogue", "mono", "dialogue"]) document.querySelector(`[value=${mode}]`).click();
            const most = document.querySelector("[name=max_speakers]");
            most.value = "none";
            most.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )

    expect(member.locator("#quote")).to_contain_text("'none' is not a number of speakers")
    expect(member.locator("#start")).to_be_disabled()


def test_nothing_starts_at_a_price_that_was_not_shown(member: Page, talk: Path) -> None:
    member.goto("/jobs/new")
    member.set_input_files("#file", talk)
    expect(member.locator("#quote .total")).to_be_visible()
    member.evaluate("() => document.querySelector('[value=dialogue]').click()")

    member.fill("[name=min_speakers]", "no")
    member.click("#start")

    # The click leaves the field too, which asks for the price anew.
    expect(member.locator("#quote")).to_contain_text("'no' is not a number of speakers")
    assert urlsplit(member.url).path == "/jobs/new"


def test_upload_says_why_when_the_file_is_no_recording(member: Page, tmp_path: Path) -> None:
    file = tmp_path / "broken.mp4"
    file.write_bytes(bytes(range(256)) * 100)
    member.goto("/jobs/new")

    member.set_input_files("#file", file)

    expect(member.locator("#upload-problem")).to_contain_text("cannot be read")
    expect(member.locator("#start")).to_be_disabled()


def test_job_begins_without_script(plain: Page, talk: Path) -> None:
    register(plain)
    plain.goto("/jobs/new")
    plain.set_input_files("#file", talk)

    plain.get_by_role("button", name="Upload and start").click()

    expect(plain.locator("h1")).to_have_text("talk.wav")
    expect(plain.locator("#job[data-status=completed]")).to_be_attached()  # it refreshes itself


def test_keys_work_the_player(member: Page, talk: Path) -> None:
    member.goto("/jobs/new")
    member.set_input_files("#file", talk)
    member.click("#quote:has(.total) #start")
    expect(member.locator("#job[data-status=completed]")).to_be_visible()
    member.locator("h1").click()

    member.keyboard.press("]")
    member.keyboard.press("ArrowRight")

    assert member.evaluate("() => document.querySelector('#media').playbackRate") == 1.25
    assert member.evaluate("() => document.querySelector('#media').currentTime") > 2
    member.keyboard.press("/")
    expect(member.locator("#find-text")).to_be_focused()


def test_long_text_is_whole_and_can_be_searched(member: Page, tmp_path: Path) -> None:
    _text_job(member, 1500, tmp_path)

    expect(member.locator(".said", has_text="Sentence number 1499 ")).to_be_attached()
    member.fill("#find-text", "number 14")

    expect(member.locator("#find-count")).to_have_text("1 of 111")  # 14, 140 to 149, 1400 to 1499
    member.press("#find-text", "Enter")
    expect(member.locator("#find-count")).to_have_text("2 of 111")


def test_colours_stay_when_they_are_chosen(member: Page) -> None:
    member.goto("/credits")
    before = member.evaluate("() => getComputedStyle(document.body).backgroundColor")

    member.click("#theme")
    member.reload()

    assert member.locator("html").get_attribute("data-theme") == "dark"
    assert member.evaluate("() => getComputedStyle(document.body).backgroundColor") != before


def test_nothing_is_wider_than_a_phone(member: Page, tmp_path: Path) -> None:
    _text_job(member, 3, tmp_path)
    job = member.url
    member.set_viewport_size({"width": 360, "height": 740})

    widths = {}
    for path in (job, "/", "/jobs", "/jobs/new", "/credits", "/account"):
        member.goto(path)
        widths[path] = member.evaluate(_OVERFLOW)

    assert {path: width for path, width in widths.items() if width > 0} == {}
