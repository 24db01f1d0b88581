"""A real browser before the whole platform, started as ``reelscribe up``.

Fixtures:
    platform  the running platform; one for all tests here
    site      its URL
    page      a page of a fresh browser profile; fails the test afterwards when the page asked another
              server for anything, or the browser complained (script errors, refused by the page's policy)
    plain     the same, but with JavaScript switched off
    member    ``page``, registered and signed in
    platform  the platform itself, with its home
    admin, plain_admin   ``page`` and ``plain``, signed in as an administrator
    lecture   the first 40 seconds of a lecture, as MP4 with picture and sound

Chromium is the system's (Debian: ``apt install chromium``); without it these tests are skipped.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from reelscribe.cli import launch
from reelscribe.platform.media import programs

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
PASSWORD = "correct horse battery"
_PATIENCE_MS = 60_000
expect.set_options(timeout=_PATIENCE_MS)


# Playwright keeps an event loop running on this thread; tests after this package need their own.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    if program is None:
        pytest.skip("needs Chromium (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def platform(chromium: Browser) -> Iterator[launch.Platform]:
    # An engine that needs no download; the pages are the same with all of them.
    with launch.platform(environ={"REELSCRIBE_TRANSCRIPTION_BACKEND": "pocketsphinx"}) as platform:
        yield platform


@pytest.fixture(scope="package")
def site(platform: launch.Platform) -> str:
    return platform.url


@pytest.fixture(scope="package")
def admin_email(platform: launch.Platform) -> str:
    email = "boss@example.test"
    command = [sys.executable, "-m", "reelscribe", "users", "create", email, "--admin", "--password", PASSWORD]
    ours = ("REELSCRIBE_DATABASE_URL", "REELSCRIBE_REDIS_URL", "REELSCRIBE_SECRET_KEY")
    environ = {name: value for name, value in os.environ.items() if name not in ours}
    environ["REELSCRIBE_HOME"] = str(platform.home)
    subprocess.run(command, env=environ, check=True, timeout=60, capture_output=True)
    return email


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    yield from _watched(chromium.new_context(base_url=site, accept_downloads=True), site)


@pytest.fixture
def plain(chromium: Browser, site: str) -> Iterator[Page]:
    yield from _watched(chromium.new_context(base_url=site, java_script_enabled=False), site)


def _watched(context: BrowserContext, site: str) -> Iterator[Page]:
    context.set_default_timeout(_PATIENCE_MS)
    page, complaints, strangers = context.new_page(), [], []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: strangers.append(request.url))
    yield page
    context.close()
    assert [url for url in strangers if urlsplit(url).netloc not in (urlsplit(site).netloc, "")] == []
    assert [text for text in complaints if not _is_expected(text)] == []


def _is_expected(complaint: str) -> bool:
    # Chromium reports each answer of 400 or more; the tests provoke those of the uploads on purpose.
    return complaint.startswith(
        (
            "Failed to load resource: the server responded with a status of 422",
            "Failed to load resource: net::ERR_FAILED",
        )
    )


@pytest.fixture
def member(page: Page) -> Page:
    register(page)
    return page


@pytest.fixture
def admin(page: Page, admin_email: str) -> Page:
    sign_in(page, admin_email)
    return page


@pytest.fixture
def plain_admin(plain: Page, admin_email: str) -> Page:
    sign_in(plain, admin_email)
    return plain


def sign_in(page: Page, email: str) -> None:
    """Sign in through the page."""
    page.goto("/login")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator(".top .nav")).to_be_visible()


def register(page: Page) -> None:
    """Make an account through the page."""
    page.goto("/register")
    page.fill("[name=email]", f"{secrets.token_hex(6)}@example.test")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")


@pytest.fixture(scope="session")
def lecture(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    whole = shared / "media" / "E_long" / "essay_lecture_5min.mp4"
    part = tmp_path_factory.mktemp("lecture") / "Lecture, part 1.mp4"
    command = [programs.ffmpeg().path, "-v", "error", "-t", "40", "-i", str(whole), "-c", "copy", str(part)]
    subprocess.run(command, check=True, timeout=60)
    return part
