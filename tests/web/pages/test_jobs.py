"""The page of one job, in every state."""

from __future__ import annotations

import re
from uuid import UUID

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.domain import exports
from reelscribe.platform.domain.transcript import Segment, Word
from reelscribe.platform.engines.protocol import Transcription

from tests.web.conftest import Job
from tests.web.pages.conftest import HELLO, Browser, Finished

ERROR = {"code": "engine_failed", "stage": "transcribe", "message": "The engine gave up.", "hint": "Try again."}


async def test_running_job_refreshes_itself_when_there_is_no_script(browser: Browser, job_id: str) -> None:
    page = (await browser.get(f"/jobs/{job_id}")).text

    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert f'action="/jobs/{job_id}/cancel"' in page
    assert 'data-stage="transcribe"' in page


async def test_finished_job_shows_text_player_and_downloads(browser: Browser, job_id: str, finished: Finished) -> None:
    await finished(job_id)

    page = (await browser.get(f"/jobs/{job_id}")).text

    assert f'<video id="media" src="/jobs/{job_id}/recording"' in page
    assert "Hello there." in page
    assert "Speaker 1" in page
    assert set(re.findall(rf"/jobs/{job_id}/download/(\w+)", page)) == set(exports.FORMATS)


async def test_failed_job_says_why_and_can_be_retried(browser: Browser, job_id: str) -> None:
    await _end(job_id, "failed")

    page = (await browser.get(f"/jobs/{job_id}")).text
    answer = await browser.post(f"/jobs/{job_id}/retry")

    assert "The engine gave up." in page
    assert "Write down what is said" in page
    assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{job_id}")
    assert 'data-status="pending"' in (await browser.get(f"/jobs/{job_id}")).text


async def test_job_stops_when_cancelled(browser: Browser, job_id: str) -> None:
    answer = await browser.post(f"/jobs/{job_id}/cancel")

    assert answer.status_code == 303
    assert "You cancelled this job" in (await browser.get(f"/jobs/{job_id}")).text


async def test_cancelled_job_offers_the_text_that_it_has(browser: Browser, job_id: str) -> None:
    await db.execute("UPDATE jobs SET status = 'processing' WHERE id = $1", UUID(job_id))
    await _written(job_id, "This much was said.")

    await browser.post(f"/jobs/{job_id}/cancel")

    page = (await browser.get(f"/jobs/{job_id}")).text
    assert "You cancelled this job" in page
    assert "This much was said." in page
    assert "the text covers 00:00:20 of 00:01:00" in page
    links = set(re.findall(rf"/jobs/{job_id}/download/(\w+)", page))
    assert links == set(exports.FORMATS)
    assert "This much was said." in (await browser.get(f"/jobs/{job_id}/download/txt")).text


async def test_ended_job_is_not_cancelled_again(browser: Browser, job_id: str, finished: Finished) -> None:
    await finished(job_id)

    answer = await browser.post(f"/jobs/{job_id}/cancel")

    assert answer.status_code == 409


@pytest.mark.parametrize("status", ["pending", "completed", "failed", "cancelled"])
@pytest.mark.parametrize(
    ("part", "root"),
    [("panel", '<article class="job" id="job"'), ("status", '<section class="card status" id="job-status"')],
)
async def test_part_stands_alone_in_every_state(
    browser: Browser, job_id: str, finished: Finished, status: str, part: str, root: str
) -> None:
    if status == "completed":
        await finished(job_id)
    elif status != "pending":
        await _end(job_id, status)

    page = (await browser.get(f"/jobs/{job_id}/{part}")).text

    assert page.strip().startswith(root)
    assert "<html" not in page


async def test_warnings_are_shown_in_words(browser: Browser, job_id: str, finished: Finished) -> None:
    await finished(job_id)
    await _set(job_id, "warnings", [{"code": "x", "stage": "align", "message": "Word times are guessed."}])

    assert "Word times are guessed." in (await browser.get(f"/jobs/{job_id}")).text


async def test_text_is_text_when_it_looks_like_a_page(browser: Browser, job_id: str, finished: Finished) -> None:
    evil = "<img src=x onerror=alert(1)>"
    word = Word(start=0.5, end=1.0, text=evil, confidence=0.1)
    await finished(job_id, Segment(id="s1", start=0.5, end=2.0, text=evil, words=(word,)))

    page = (await browser.get(f"/jobs/{job_id}")).text

    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


async def test_long_transcript_comes_in_parts(browser: Browser, job_id: str, finished: Finished) -> None:
    lines = [Segment(id=f"s{n}", start=float(n), end=n + 0.9, text=f"Line number {n}.") for n in range(600)]
    await finished(job_id, *lines)

    seen, address = [], f"/jobs/{job_id}"
    while address:
        page = (await browser.get(address)).text
        seen += [int(number) for number in re.findall(r"Line number (\d+)\.", page)]
        more = re.search(r'hx-get="([^"]+/lines\?from=\d+)"', page)
        address = more.group(1) if more else ""

    assert seen == list(range(600))


async def test_part_is_reached_by_a_link_when_there_is_no_script(
    browser: Browser, job_id: str, finished: Finished
) -> None:
    await finished(job_id, *(Segment(id=f"s{n}", start=float(n), end=n + 0.9, text=f"N{n}.") for n in range(300)))

    assert "N299." in (await browser.get(f"/jobs/{job_id}?from=250")).text


async def test_export_is_named_after_the_recording(browser: Browser, job_id: str, finished: Finished) -> None:
    await finished(job_id, HELLO)

    answer = await browser.get(f"/jobs/{job_id}/download/srt")

    assert answer.headers["content-disposition"] == 'attachment; filename="lecture.srt"'
    assert "Hello there." in answer.text


async def test_export_is_refused_when_the_format_is_unknown(browser: Browser, job_id: str, finished: Finished) -> None:
    await finished(job_id)

    assert (await browser.get(f"/jobs/{job_id}/download/exe")).status_code == 422


async def test_card_stands_alone(browser: Browser, job: Job) -> None:
    page = (await browser.get(f"/jobs/{job['id']}/card")).text

    assert page.strip().startswith(f'<li class="entry" id="entry-{job["id"]}"')


async def _end(job_id: str, status: str) -> None:
    await db.execute(
        "UPDATE stages SET status = $2, message_id = NULL WHERE job_id = $1 AND position = 0", UUID(job_id), status
    )
    await db.execute(
        "UPDATE jobs SET status = $2, finished_at = now(), error = $3 WHERE id = $1",
        UUID(job_id),
        status,
        msgspec.json.encode(ERROR).decode() if status == "failed" else None,
    )


async def _set(job_id: str, column: str, value: object) -> None:
    await db.execute(f"UPDATE jobs SET {column} = $2 WHERE id = $1", UUID(job_id), msgspec.json.encode(value).decode())


async def _written(job_id: str, text: str) -> None:
    """Make it a job of a minute, whose first twenty seconds are written down."""
    heard = (Segment(id="s1", start=0.5, end=2.0, text=text),)
    result = msgspec.json.encode(Transcription(engine="stub", model="m", language="en", segments=heard)).decode()
    await db.execute(
        "UPDATE stages SET status = 'completed', result = $2 WHERE job_id = $1 AND name = 'ingest'",
        UUID(job_id),
        '{"duration_seconds": 60}',
    )
    await db.execute(
        "INSERT INTO stage_chunks (stage_id, position, start_seconds, end_seconds, result, finished_at)"
        " SELECT id, 0, 0, 20, $2, now() FROM stages WHERE job_id = $1 AND name = 'transcribe'",
        UUID(job_id),
        result,
    )
