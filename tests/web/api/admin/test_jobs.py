"""Everybody's jobs over HTTP."""

from __future__ import annotations

from tests.web.conftest import Job, Member


async def test_jobs_of_everybody_are_listed(boss: Member, member: Member, job: Job) -> None:
    found = (await boss.http.get("/api/v1/admin/jobs", params={"status": "pending", "user": member.email})).json()

    assert [each["id"] for each in found["items"]] == [job["id"]]
    assert found["items"][0]["user"] == {"id": str(member.id), "email": member.email}
    assert found["items"][0]["filename"] == "lecture.mp4"
    assert set(job) <= set(found["items"][0])


async def test_job_shows_its_steps(boss: Member, job: Job) -> None:
    found = (await boss.http.get(f"/api/v1/admin/jobs/{job['id']}")).json()

    assert (found["stages"][0]["name"], found["stages"][0]["status"]) == ("ingest", "queued")
    assert found["tries"] == []


async def test_job_of_somebody_is_cancelled_and_noted(boss: Member, member: Member, job: Job) -> None:
    path = f"/api/v1/admin/jobs/{job['id']}/cancel"
    answers = [await boss.http.post(path, json={"reason": "runaway"}) for _ in range(2)]

    entries = (await boss.http.get("/api/v1/admin/audit?action=job.cancelled")).json()["items"]
    assert [answer.json()["status"] for answer in answers] == ["cancelled", "cancelled"]
    assert [(each["subject_id"], each["reason"]) for each in entries] == [(job["id"], "runaway")]
    assert (await member.http.get("/api/v1/credits")).json()["held"] == "0.00"


async def test_cancel_is_refused_when_the_job_is_over(boss: Member, finished_job: str) -> None:
    answer = await boss.http.post(f"/api/v1/admin/jobs/{finished_job}/cancel", json={})

    assert answer.status_code == 409
