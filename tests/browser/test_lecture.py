"""A lecture goes through the page: register, upload, watch, read, play, download."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import register

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Notes every value that the bar shows, also over the parts of the page that are replaced.
_NOTE_PROGRESS = """() => {
    window.seen = [];
    const note = () => { const bar = document.querySelector('#bar'); if (bar) window.seen.push(bar.value); };
    new MutationObserver(note).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""
# Where the recording is, once it has been played on to the given second; it stops there, so that we can look at it.
_PLAYED = """(second) => new Promise((resolve) => {
    const media = document.querySelector('#media');
    const look = () => { if (media.currentTime > second) { media.pause(); resolve(media.currentTime); } };
    media.addEventListener('timeupdate', look);
})"""


def test_lecture_becomes_a_transcript_that_plays(page: Page, lecture: Path, tmp_path: Path) -> None:
    register(page)
    _begin(page, lecture)
    page.evaluate(_NOTE_PROGRESS)

    expect(page.locator("#live-text p[data-segment]").first).to_be_visible()  # text while it runs
    expect(page.locator("#job[data-status=completed]")).to_be_visible(timeout=180_000)

    seen = page.evaluate("() => window.seen")
    assert seen == sorted(seen), "the bar never goes back"
    assert seen[0] < seen[-1], "and moves"  # how often: a quick machine is done between two heartbeats
    _reads(page)
    _plays(page)
    _downloads(page, tmp_path)


def _begin(page: Page, file: Path) -> None:
    page.get_by_role("link", name="Upload the first recording").click()
    page.set_input_files("#file", file)
    expect(page.locator("#quote .total")).to_contain_text("credits")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("h1")).to_have_text(file.name)


def _reads(page: Page) -> None:
    words = page.locator(".said").all_inner_texts()
    assert len(" ".join(words).split()) > 40  # forty seconds of a lecture
    expect(page.locator("#job-finished")).to_contain_text("pocketsphinx")


def _plays(page: Page) -> None:
    word = page.locator(".said span[data-t]").nth(12)
    begin = float(word.get_attribute("data-t") or 0)

    word.click()

    assert begin < page.evaluate(_PLAYED, begin + 0.3) < begin + 10
    expect(page.locator(".said .current")).to_be_visible()
    assert page.locator(".line.current").get_attribute("id") == word.evaluate("word => word.closest('.line').id")


def _downloads(page: Page, folder: Path) -> None:
    with page.expect_download() as download:
        page.locator(".downloads a", has_text="SRT").click()

    assert download.value.suggested_filename == "Lecture, part 1.srt"
    download.value.save_as(folder / "text.srt")
    assert " --> " in (folder / "text.srt").read_text(encoding="utf-8")
