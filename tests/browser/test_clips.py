"""Clips through the page: asked for in the form, watched, changed, put together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import register

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_RENDERED = 120_000
# Where the video is, once it has been played on to the given second.
_PLAYED = """(second) => new Promise((resolve) => {
    const video = document.querySelector('.clip video');
    const look = () => { if (video.currentTime > second) { video.pause(); resolve(video.currentTime); } };
    video.addEventListener('timeupdate', look);
    video.muted = true;
    video.play();
})"""


def test_lecture_becomes_clips_that_play_and_change(page: Page, lecture: Path, tmp_path: Path) -> None:
    register(page)
    _ask_for_clips(page, lecture)
    page.get_by_role("link", name="Clips", exact=True).click()
    expect(page.locator("#clips-news")).to_contain_text("once the text is there")

    expect(page.locator(".clip[data-status=ready] video")).not_to_have_count(0, timeout=240_000)
    expect(page.locator("#clips-news")).to_be_empty(timeout=_RENDERED)
    count = page.locator(".clip").count()
    assert page.evaluate(_PLAYED, 1.0) > 1.0
    _downloads(page, tmp_path)
    _previews(page)
    _changes(page)
    _corrects_the_words(page, tmp_path)
    if count > 1:
        _makes_a_reel(page)


def _ask_for_clips(page: Page, file: Path) -> None:
    page.get_by_role("link", name="Upload the first recording").click()
    page.get_by_text("Transcript and clips").click()
    expect(page.locator("#clip-options")).to_be_visible()
    page.fill("[name=clip_count]", "2")
    page.fill("[name=clip_min]", "5")
    page.fill("[name=clip_max]", "15")
    page.set_input_files("#file", file)
    expect(page.locator("#quote")).to_contain_text("Clips")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("h1")).to_have_text(file.name)


def _downloads(page: Page, folder: Path) -> None:
    assert " --> " in _subtitles(page, folder)


def _subtitles(page: Page, folder: Path) -> str:
    with page.expect_download() as download:
        page.locator(".clip").first.get_by_role("link", name="SRT").click()
    download.value.save_as(folder / "clip.srt")
    return (folder / "clip.srt").read_text(encoding="utf-8")


def _previews(page: Page) -> None:
    page.reload()  # a clip that was played shows where it stopped
    video = page.locator(".clip video").first
    still = video.get_attribute("poster") or ""
    moving = video.get_attribute("data-preview") or ""
    video.hover()
    expect(video).to_have_attribute("poster", moving)
    page.locator("h1").hover()
    expect(video).to_have_attribute("poster", still)


def _changes(page: Page) -> None:
    clip = page.locator(".clip").first
    poster = clip.locator("video").get_attribute("poster") or ""
    clip.get_by_text("Change", exact=True).click()
    clip.locator("[name=title]").fill("A better title")
    clip.locator("[name=aspect]").select_option("1:1")
    clip.locator("[name=subtitles]").select_option("box")
    clip.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".clip").first).to_contain_text("A better title")
    expect(page.locator(".clip[data-status=ready]").first).to_contain_text(re.compile("720.720"), timeout=_RENDERED)
    expect(page.locator(".clip").first.locator("video")).not_to_have_attribute("poster", poster)


def _corrects_the_words(page: Page, folder: Path) -> None:
    clip = page.locator(".clip").first
    clip.get_by_text("Correct the words").click()
    clip.get_by_role("link", name="Play from").last.click()
    page.wait_for_function("() => document.querySelector('.clip video').currentTime > 0")
    line = clip.locator("textarea").last
    line.fill("Quite another end, שלום.")
    line.press("Enter")
    expect(clip.get_by_role("button", name="Save the words")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator(".clip").first.get_by_role("status")).to_contain_text("Saved.")
    # The card says so until it is ready.
    expect(page.locator(".clip").first.get_by_role("status")).to_have_count(0, timeout=_RENDERED)
    assert "שלום." in _subtitles(page, folder)


def _makes_a_reel(page: Page) -> None:
    expect(page.locator(".clip:not([data-status=ready])")).to_have_count(0, timeout=_RENDERED)
    expect(page.locator("#reel")).to_be_visible()
    for box in page.locator(".clip [name=clips]").all():
        box.check()
    page.get_by_role("button", name="Make the reel").click()

    reel = page.locator(".clip:has(.chapters)")
    expect(reel).to_contain_text("A better title")
    expect(reel.locator("video")).to_be_visible(timeout=_RENDERED)
