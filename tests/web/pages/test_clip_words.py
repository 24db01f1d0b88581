"""The form for the words of a clip's subtitles."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

import httpx
import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.clips import ClipWord
from reelscribe.web.pages import clip_words

from tests.web import clip_rows
from tests.web.pages.conftest import Browser

# What clip_rows lets the first clip say: ten words, one a second.
SAID = " ".join(f"word{at}" for at in range(10))


@pytest.fixture
async def clip_id(job_id: str) -> str:
    return (await clip_rows.finished(UUID(job_id)))[0]


@pytest.fixture
def place(job_id: str, clip_id: str) -> str:
    return f"/jobs/{job_id}/clips/{clip_id}/words"


def lines(page: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)]


async def send(browser: Browser, place: str, typed: list[str], **changed: str) -> httpx.Response:
    """Open the form, and send it as it was, with other lines."""
    page = (await browser.get(place)).text
    hidden = {
        name: unescape(value) for name, value in re.findall(r'name="(revision|version|was)" value="([^"]*)"', page)
    }
    return await browser.http.post(
        place, data={"_csrf_token": await browser.token(), **hidden, "line": typed, **changed}
    )


async def words_of(clip_id: str) -> list[ClipWord] | None:
    row = await db.fetch_one("SELECT words FROM clips WHERE id = $1", UUID(clip_id))
    assert row is not None
    return None if row["words"] is None else msgspec.json.decode(row["words"], type=list[ClipWord])


async def test_lines_are_a_page_and_a_part_of_one(browser: Browser, place: str) -> None:
    page = await browser.get(place)
    part = await browser.http.get(place, headers={"hx-request": "true"})

    assert " ".join(lines(page.text)) == SAID
    assert lines(part.text) == lines(page.text)
    assert ("<html" in page.text, "<html" in part.text) == (True, False)


async def test_clips_page_offers_the_words_without_carrying_them(browser: Browser, job_id: str, place: str) -> None:
    page = (await browser.get(f"/jobs/{job_id}/clips")).text

    assert f'href="{place}"' in page
    assert "textarea" not in page


async def test_corrected_line_is_saved_and_said(browser: Browser, place: str, clip_id: str) -> None:
    typed = lines((await browser.get(place)).text)
    typed[0] = typed[0].replace("word1", "another word")

    answer = await send(browser, place, typed)

    assert answer.status_code == 303, answer.text
    words = await words_of(clip_id)
    assert words is not None
    assert " ".join(word.text for word in words) == SAID.replace("word1", "another word")
    assert [word for word in words if word.text == "word2"] == [ClipWord(start=2.0, end=2.8, text="word2")]
    page = (await browser.get(answer.headers["location"])).text
    assert "Saved. The new file is being made; until then you see the one before." in page


async def test_emptied_line_is_left_out(browser: Browser, place: str, clip_id: str) -> None:
    typed = lines((await browser.get(place)).text)

    answer = await send(browser, place, ["" for _ in typed])

    assert answer.status_code == 303, answer.text
    assert await words_of(clip_id) == []
    assert "You have taken out all words" in (await browser.get(place)).text


async def test_nothing_is_made_anew_when_no_word_changed(browser: Browser, place: str, clip_id: str) -> None:
    typed = lines((await browser.get(place)).text)

    answer = await send(browser, place, [f" {text} " for text in typed])

    assert "Nothing was changed" in (await browser.get(answer.headers["location"])).text
    row = await db.fetch_one("SELECT status, words, revision FROM clips WHERE id = $1", UUID(clip_id))
    assert row is not None
    assert tuple(row.values()) == ("ready", None, 1)


async def test_transcript_comes_back(browser: Browser, place: str, clip_id: str) -> None:
    await send(browser, place, ["Quite another text" for _ in lines((await browser.get(place)).text)])

    answer = await browser.post(f"{place}/back", revision="2")

    assert answer.status_code == 303, answer.text
    assert await words_of(clip_id) is None


async def test_change_of_somebody_else_is_not_overwritten(browser: Browser, place: str, clip_id: str) -> None:
    typed = lines((await browser.get(place)).text)
    await db.execute("UPDATE clips SET revision = revision + 1 WHERE id = $1", UUID(clip_id))

    answer = await send(browser, place, ["<Mine>", *typed[1:]], revision="1")

    assert answer.status_code == 409
    assert "was changed meanwhile" in answer.text
    assert lines(answer.text) == ["<Mine>", *typed[1:]]
    assert 'name="revision" value="2"' in answer.text
    assert await words_of(clip_id) is None


async def test_typed_line_is_shown_when_its_line_is_gone(browser: Browser, place: str) -> None:
    answer = await send(browser, place, ["Mine"], revision="9", was="A line of before")

    assert answer.status_code == 409
    assert "no longer there" in answer.text
    assert '<li dir="auto">Mine</li>' in answer.text


@pytest.mark.parametrize("typed", [["x" * 501], ["a"] * 700, []])
async def test_form_of_another_shape_is_refused(browser: Browser, place: str, clip_id: str, typed: list[str]) -> None:
    answer = await send(browser, place, typed)

    assert answer.status_code == 422
    assert await words_of(clip_id) is None


@pytest.mark.parametrize("path", ["", "/back"])
async def test_stranger_finds_no_words(other: Browser, place: str, path: str) -> None:
    read = await other.get(place)
    written = await other.post(place + path, revision="1", version="1", line="Mine")

    assert (read.status_code, written.status_code) == (404, 404)


async def test_words_are_not_found_under_another_job(browser: Browser, place: str, clip_id: str) -> None:
    answer = await browser.get(f"/jobs/{clip_id}/clips/{clip_id}/words")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("now", "was", "typed", "texts", "lost"),
    [
        (["a", "b"], ["a", "b"], ["a", "x"], ("a", "x"), ()),
        (["n", "a", "b"], ["a", "b"], ["x", "b"], ("n", "x", "b"), ()),
        (["a"], ["a", "b"], ["a", "x"], ("a",), ("x",)),
        (["a", "c"], ["a", "b"], ["a", ""], ("a", "c"), ()),  # the line that was to go is another one now
        ([], [""], ["x", "y"], (), ("x", "y")),
    ],
)
def test_what_was_typed_stands_beside_the_lines_of_now(
    now: list[str], was: list[str], typed: list[str], texts: tuple[str, ...], lost: tuple[str, ...]
) -> None:
    assert clip_words.beside(now, was, typed) == clip_words.Typed(texts, lost)


async def test_words_of_a_deleted_recording_promise_no_other_try(browser: Browser, place: str) -> None:
    typed = ["<Mine>", *lines((await browser.get(place)).text)[1:]]
    await db.execute("UPDATE media SET deleted_at = now()")

    answer = await send(browser, place, typed)

    assert answer.status_code == 409
    assert "was deleted" in answer.text
    assert "save again" not in answer.text
    assert lines(answer.text) == typed
