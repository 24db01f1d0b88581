"""Workers, engines and health over HTTP."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from reelscribe.platform import db
from reelscribe.platform.services import stages

from tests.web.conftest import Job, Member


async def test_worker_shows_what_it_does(boss: Member, job: Job) -> None:
    await db.execute("INSERT INTO workers (id, host, pid, queues) VALUES ('w1', 'h', 1, '{media.normal}')")
    row = await db.fetch_one(
        "SELECT id, message_id FROM stages WHERE job_id = $1 AND status = 'queued'", UUID(job["id"])
    )
    assert row is not None
    await stages.claim(row["id"], row["message_id"], worker="w1", lease=timedelta(seconds=60))

    found = (await boss.http.get("/api/v1/admin/workers")).json()["items"][0]

    assert (found["id"], found["alive"], found["queues"]) == ("w1", True, ["media.normal"])
    assert [(each["job_id"], each["stage"]) for each in found["doing"]] == [(job["id"], "ingest")]


async def test_engines_show_their_breakers(boss: Member) -> None:
    found = (await boss.http.get("/api/v1/admin/engines")).json()["items"]

    assert "stub" in {each["name"] for each in found}
    assert {each["state"] for each in found} == {"closed"}


async def test_engine_gets_work_again_when_its_breaker_is_reset(boss: Member) -> None:
    await db.execute(
        "INSERT INTO breakers (engine, state, failures, opened_until)"
        " VALUES ('stub', 'open', 5, now() + interval '1 hour')"
    )
    alerts = (await boss.http.get("/api/v1/admin/alerts")).json()["items"]

    answers = [await boss.http.post("/api/v1/admin/engines/stub/reset", json={"reason": "mended"}) for _ in range(2)]

    entries = (await boss.http.get("/api/v1/admin/audit?action=breaker.reset")).json()["items"]
    assert [each["code"] for each in alerts] == ["engine_rests"]
    assert {each["state"] for each in answers[1].json()["items"]} == {"closed"}
    assert [(each["subject_id"], each["reason"]) for each in entries] == [("stub", "mended")]


async def test_health_says_what_to_do(boss: Member) -> None:
    found = (await boss.http.get("/api/v1/admin/health")).json()

    scheduler = next(each for each in found["findings"] if each["name"] == "Scheduler")
    assert found["status"] == "failing"
    assert (scheduler["level"], "reelscribe scheduler" in scheduler["fix"]) == ("fail", True)
