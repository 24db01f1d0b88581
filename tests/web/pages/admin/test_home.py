"""The overview page and stopping things from it, as a browser without JavaScript does it."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from reelscribe.platform import db
from reelscribe.platform.services import stages

from tests.web.conftest import Member
from tests.web.pages.conftest import Browser


async def test_queue_is_paused_and_resumed_by_forms(admin: Browser, boss: Member) -> None:
    form = await admin.get("/admin/queues/stop?name=engine.high")
    stopped = await admin.post("/admin/queues/stop", name="engine.high", how="pause", reason="new <disks>")
    page = await admin.get("/admin")
    resumed = await admin.post("/admin/queues/resume", name="engine.high")

    assert '<option value="engine.high" selected>' in form.text
    assert (stopped.status_code, stopped.headers["location"]) == (303, "/admin")
    assert "“new &lt;disks&gt;”" in page.text
    assert boss.email in page.text
    assert resumed.status_code == 303
    assert 'id="stopped"' not in (await admin.get("/admin")).text


async def test_form_comes_back_when_no_reason_is_given(admin: Browser) -> None:
    answer = await admin.post("/admin/queues/stop", name="media", how="drain", reason=" ")

    assert answer.status_code == 422
    assert 'id="problem"' in answer.text
    assert re.search(r'value="drain" checked', answer.text)


async def test_form_comes_back_when_the_name_is_unknown(admin: Browser) -> None:
    assert (await admin.post("/admin/queues/stop", name="media.urgent", how="pause", reason="x")).status_code == 404
    assert (await admin.post("/admin/queues/resume", name="media.urgent")).status_code == 404


async def test_all_runs_again_with_one_button(admin: Browser) -> None:
    for name in ("media", "engine:stub"):
        await admin.post("/admin/queues/stop", name=name, how="pause", reason="tests")
    page = (await admin.get("/admin")).text

    await admin.post("/admin/queues/resume-all")

    assert "2 things are stopped" in page
    assert "Resume everything" in page
    assert 'id="stopped"' not in (await admin.get("/admin")).text


async def test_other_admin_pages_say_what_is_stopped(admin: Browser) -> None:
    await admin.post("/admin/queues/stop", name="media", how="pause", reason="tests")

    assert "<strong>Stopped:</strong> media." in (await admin.get("/admin/jobs")).text


async def test_part_has_one_root_and_the_count_of_dead_letters(admin: Browser) -> None:
    part = (await admin.get("/admin/live")).text

    assert part.strip().startswith('<div id="live">')
    assert "<html" not in part
    assert 'id="dead-count" hx-swap-oob="true"' in part


async def test_worker_shows_its_job(admin: Browser, job_id: str) -> None:
    await db.execute("INSERT INTO workers (id, host, pid, queues) VALUES ('w1', 'box', 7, '{media.normal}')")
    row = await db.fetch_one("SELECT id, message_id FROM stages WHERE job_id = $1 AND status = 'queued'", UUID(job_id))
    assert row is not None
    await stages.claim(row["id"], row["message_id"], worker="w1", lease=timedelta(seconds=60))

    page = (await admin.get("/admin")).text

    assert f'href="/admin/jobs/{job_id}"' in page
    assert "lecture.mp4" in page


async def test_page_says_so_when_nobody_works(admin: Browser, job_id: str) -> None:
    page = (await admin.get("/admin")).text

    assert "No worker has reported" in page
    assert "no worker</span>" in page  # at the queue where the job waits


async def test_engine_is_used_again_by_a_form(admin: Browser) -> None:
    await db.execute(
        "INSERT INTO breakers (engine, state, failures, opened_until)"
        " VALUES ('stub', 'open', 5, now() + interval '1 hour')"
    )
    page = (await admin.get("/admin")).text

    await admin.post("/admin/engines/reset", name="stub")

    assert "resting" in page
    assert "keeps failing" in page  # the alert
    assert "resting" not in (await admin.get("/admin")).text


async def test_engine_that_cannot_work_says_why(admin: Browser) -> None:
    page = (await admin.get("/admin")).text

    row = page[page.index('id="engine-assemblyai"') :].split("</tr>")[0]
    assert "cannot work here" in row
    assert "key" in row
