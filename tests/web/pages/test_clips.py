"""The page of a job's clips, and the form that asks for them."""

from __future__ import annotations

import html
import json
import re
from uuid import UUID

import pytest
from reelscribe.platform import db

from tests.web import clip_rows
from tests.web.pages.conftest import Browser


@pytest.fixture
async def clips(job_id: str) -> list[str]:
    return await clip_rows.finished(UUID(job_id))


async def test_page_shows_each_clip_with_its_words(browser: Browser, job_id: str, clips: list[str]) -> None:
    page = (await browser.get(f"/jobs/{job_id}/clips")).text

    assert all(f'id="clip-{clip_id}"' in page for clip_id in clips)
    assert "It is &lt;b&gt;good&lt;/b&gt;." in page
    assert page.count("<video") == 2
    assert "ffmpeg failed. Try again." in page


async def test_finished_job_leads_to_its_clips(browser: Browser, job_id: str, clips: list[str]) -> None:
    page = (await browser.get(f"/jobs/{job_id}")).text

    assert f'id="watch-clips" href="/jobs/{job_id}/clips"' in page


async def test_video_comes_to_the_player(browser: Browser, job_id: str, clips: list[str]) -> None:
    answer = await browser.get(f"/jobs/{job_id}/clips/{clips[0]}/video")

    assert (answer.status_code, answer.content) == (200, clip_rows.VIDEO)


@pytest.mark.parametrize("form", ["srt", "vtt", "ass"])
async def test_subtitles_come_as_a_file(browser: Browser, job_id: str, clips: list[str], form: str) -> None:
    answer = await browser.get(f"/jobs/{job_id}/clips/{clips[0]}/{form}")

    assert answer.status_code == 200
    assert "word3" in answer.text


async def test_form_changes_the_clip(browser: Browser, job_id: str, clips: list[str]) -> None:
    fields = {"title": "Better", "start": "0:01.0", "end": "0:09.0", "aspect": "1:1", "subtitles": "none"}

    answer = await browser.post(f"/jobs/{job_id}/clips/{clips[0]}", **fields)

    assert answer.status_code == 303, answer.text
    row = await db.fetch_one("SELECT title, aspect, subtitles, status FROM clips WHERE id = $1", UUID(clips[0]))
    assert row is not None
    assert tuple(row.values()) == ("Better", "1:1", False, "pending")
    assert "Being made anew" in (await browser.get(f"/jobs/{job_id}/clips/{clips[0]}/card")).text


async def test_form_that_changes_the_title_leaves_the_cuts(browser: Browser, job_id: str, clips: list[str]) -> None:
    spans = '[{"start": 30.0, "end": 35.0}, {"start": 2.0, "end": 4.0}]'
    await db.execute("UPDATE clips SET spans = $2 WHERE id = $1", UUID(clips[0]), spans)

    answer = await browser.post(f"/jobs/{job_id}/clips/{clips[0]}", title="Better", start="0:02.0", end="0:35.0")

    assert answer.status_code == 303, answer.text
    row = await db.fetch_one(
        "SELECT title, spans::jsonb = $2::jsonb AS same FROM clips WHERE id = $1", UUID(clips[0]), spans
    )
    assert row is not None
    assert (row["title"], row["same"]) == ("Better", True)


@pytest.mark.parametrize("typed", ["9" * 5000 + ":00:00", "1e3", "\u0661", "nan", "999999"])
async def test_form_refuses_what_is_no_moment(browser: Browser, job_id: str, clips: list[str], typed: str) -> None:
    answer = await browser.post(f"/jobs/{job_id}/clips/{clips[0]}", title="Better", start=typed, end="0:09.0")

    assert answer.status_code == 422


async def test_form_keeps_what_was_typed_when_it_is_wrong(browser: Browser, job_id: str, clips: list[str]) -> None:
    answer = await browser.post(f"/jobs/{job_id}/clips/{clips[0]}", title="Better", start="soon", end="0:09.0")

    assert answer.status_code == 422
    assert "&#39;soon&#39; is no moment of the recording" in answer.text
    assert f'action="/jobs/{job_id}/clips/{clips[0]}#problem"' in answer.text  # a browser shows it at once
    assert answer.text.count('id="problem"') == 1
    assert 'value="soon"' in answer.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": "Part 0"}, ["Nothing was changed: the clip is like this already."]),
        (
            {"title": "Part 0", "remove_fillers": "yes"},
            ["No filler words were found in this clip; nothing was cut."],
        ),
        (
            {"title": "Better", "remove_pauses": "yes"},
            ["Saved.", "No long pauses were found in this clip; nothing was shortened."],
        ),
    ],
)
async def test_page_says_what_became_of_a_change(
    browser: Browser, job_id: str, clips: list[str], fields: dict[str, str], said: list[str]
) -> None:
    answer = await browser.post(f"/jobs/{job_id}/clips/{clips[0]}", start="0:00.0", end="0:10.0", **fields)

    assert answer.status_code == 303, answer.text
    page = (await browser.get(answer.headers["location"])).text
    (notice,) = re.findall(r'<div class="notice[^"]*" role="status">(.*?)</div>', page)
    assert [sentence.partition(" The new file")[0] for sentence in re.findall("<p>(.*?)</p>", notice)] == said


async def test_page_says_nothing_that_is_not_its_own(browser: Browser, job_id: str, clips: list[str]) -> None:
    page = await browser.get(f"/jobs/{job_id}/clips?told=Send+money&of={clips[0]}")

    assert page.status_code == 200
    assert "money" not in page.text


async def test_change_from_an_old_page_overwrites_nothing(browser: Browser, job_id: str, clips: list[str]) -> None:
    place = f"/jobs/{job_id}/clips/{clips[0]}"
    await db.execute("UPDATE clips SET title = 'Theirs', revision = 2 WHERE id = $1", UUID(clips[0]))

    answer = await browser.post(place, title="Mine", start="0:00.0", end="0:10.0", revision="1")

    assert answer.status_code == 409
    assert "was changed meanwhile" in answer.text
    assert 'value="Mine"' in answer.text
    assert "<bdi>Theirs</bdi>" in answer.text
    again = await browser.post(place, title="Mine", start="0:00.0", end="0:10.0", revision="2")
    assert again.status_code == 303


async def test_refused_change_is_shown_beside_what_others_changed(
    browser: Browser, job_id: str, clips: list[str]
) -> None:
    place = f"/jobs/{job_id}/clips/{clips[0]}"
    page = (await browser.get(place + "/card")).text
    was = html.unescape(re.findall(r'name="was" value="([^"]*)"', page)[0])
    shown = {name: value for name, value in json.loads(was).items() if name != "was"}
    await db.execute("UPDATE clips SET title = 'Theirs', revision = 2 WHERE id = $1", UUID(clips[0]))

    refused = await browser.post(place, was=was, **shown | {"aspect": "1:1", "remove_pauses": "yes"})

    assert refused.status_code == 409
    form = refused.text[refused.text.index(f'action="{place}#problem"') :]
    assert 'name="revision" value="2"' in form
    assert 'name="title" maxlength="200" required value="Theirs"' in form
    assert '<option value="1:1" selected>' in form
    assert 'name="remove_pauses" value="yes" checked' in form
    assert "What you changed is kept" in refused.text


async def test_refused_change_is_kept_while_the_clip_is_made(browser: Browser, job_id: str, clips: list[str]) -> None:
    await db.execute("UPDATE clips SET status = 'rendering', revision = 2 WHERE id = $1", UUID(clips[0]))

    answer = await browser.post(
        f"/jobs/{job_id}/clips/{clips[0]}", title="Mine", start="0:00", end="0:09", revision="1"
    )

    assert "was changed meanwhile" in answer.text
    assert 'value="Mine"' in answer.text
    assert f'hx-get="/jobs/{job_id}/clips/{clips[0]}/card"' not in answer.text  # else it would be lost


@pytest.mark.parametrize(("word", "count"), [("so", 3), ("thus", 2)])
async def test_quote_is_shown_while_the_words_still_say_it(
    browser: Browser, job_id: str, clips: list[str], word: str, count: int
) -> None:
    words = [{"start": at, "end": at + 1, "text": text} for at, text in enumerate((word, "it", "is!"))]
    await db.execute("UPDATE clips SET words = $2 WHERE id = $1", UUID(clips[0]), json.dumps(words))

    page = (await browser.get(f"/jobs/{job_id}/clips")).text

    assert page.count("<blockquote") == count


async def test_failed_clip_is_tried_again(browser: Browser, job_id: str, clips: list[str]) -> None:
    page = (await browser.get(f"/jobs/{job_id}/clips")).text
    assert f"/jobs/{job_id}/clips/{clips[2]}/again" in page

    answer = await browser.post(f"/jobs/{job_id}/clips/{clips[2]}/again")

    assert answer.status_code == 303, answer.text
    row = await db.fetch_one("SELECT status, error FROM clips WHERE id = $1", UUID(clips[2]))
    assert row is not None
    assert tuple(row.values()) == ("pending", None)


async def test_stranger_tries_no_clip_again(other: Browser, job_id: str, clips: list[str]) -> None:
    assert (await other.post(f"/jobs/{job_id}/clips/{clips[2]}/again")).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": "x" * 201}, "The title: Must have at most 200 characters."),
        ({"title": " "}, "A clip needs a title"),
        ({"title": "Part 0", "start": ""}, "A start or an end is missing"),
        ({"title": "Part 0", "start": "0:03.1", "end": "0:03.3"}, "This clip would be 0.2 seconds long"),
        ({"title": "Part 0", "start": "2:00"}, "The recording ends at 1:00.0, before the clip would start"),
    ],
)
async def test_form_says_in_words_what_is_wrong(
    browser: Browser, job_id: str, clips: list[str], fields: dict[str, str], said: str
) -> None:
    answer = await browser.post(f"/jobs/{job_id}/clips/{clips[0]}", **{"start": "0:00.0", "end": "0:10.0", **fields})

    assert answer.status_code == 422
    assert f"<strong>{said}</strong>" in answer.text


async def test_reel_needs_clips(browser: Browser, job_id: str, clips: list[str]) -> None:
    answer = await browser.post(f"/jobs/{job_id}/reels", title="Best")

    assert answer.status_code == 422
    assert "Choose the clips of the reel first" in answer.text
    assert f'href="/jobs/{job_id}/clips" aria-current="page"' in answer.text


async def test_reel_is_made_of_one_ticked_clip(browser: Browser, job_id: str, clips: list[str]) -> None:
    answer = await browser.post(f"/jobs/{job_id}/reels", title="Best", clips=clips[0])

    assert answer.status_code == 303, answer.text


async def test_clip_of_a_deleted_recording_offers_only_its_removal(
    browser: Browser, job_id: str, clips: list[str]
) -> None:
    await db.execute("UPDATE media SET deleted_at = now()")

    page = (await browser.get(f"/jobs/{job_id}/clips")).text

    assert page.count("Delete the clip") == len(clips)
    assert "this clip stays as it is" in page
    assert ">Save<" not in page
    assert "In the reel" not in page


async def test_deleted_clip_leaves_the_page(browser: Browser, job_id: str, clips: list[str]) -> None:
    await browser.post(f"/jobs/{job_id}/clips/{clips[0]}/delete")

    assert f"clip-{clips[0]}" not in (await browser.get(f"/jobs/{job_id}/clips")).text


@pytest.mark.parametrize("path", ["", "/{clip}/card", "/{clip}/video", "/{clip}/srt", "/export/edl"])
async def test_stranger_finds_no_clips(other: Browser, job_id: str, clips: list[str], path: str) -> None:
    answer = await other.get(f"/jobs/{job_id}/clips{path.format(clip=clips[0])}")

    assert answer.status_code == 404


async def test_clip_is_not_found_under_another_job(browser: Browser, clips: list[str]) -> None:
    answer = await browser.get(f"/jobs/{clips[0]}/clips/{clips[0]}/card")

    assert answer.status_code == 404


async def test_page_of_a_transcription_offers_clips(browser: Browser, job_id: str) -> None:
    page = (await browser.get(f"/jobs/{job_id}/clips")).text

    assert "No clips were asked for" in page


async def test_form_for_a_new_job_asks_for_clips(browser: Browser, media_id: str) -> None:
    fields = {
        "media_id": media_id,
        "engine": "pocketsphinx",
        "kind": "clips",
        "clip_count": "3",
        "subtitles": "karaoke",
    }

    answer = await browser.post("/jobs", **fields)

    assert answer.status_code == 303, answer.text
    row = await db.fetch_one("SELECT kind, clips FROM jobs ORDER BY created_at DESC LIMIT 1")
    assert row is not None
    assert (row["kind"], '"count": 3' in row["clips"], '"style": "karaoke"' in row["clips"]) == ("clips", True, True)


async def test_form_says_which_number_is_wrong(browser: Browser, media_id: str) -> None:
    fields = {"media_id": media_id, "engine": "pocketsphinx", "kind": "clips", "clip_max": "long"}

    answer = await browser.post("/jobs", **fields)

    assert answer.status_code == 422
    assert 'id="clip_max-problem"' in answer.text
