"""Queues over HTTP: paused, drained, resumed."""

from __future__ import annotations

from tests.web.conftest import Job, Member


async def _queue(boss: Member, name: str) -> dict:
    items = (await boss.http.get("/api/v1/admin/queues")).json()["items"]
    return next(each for each in items if each["name"] == name)


async def test_queues_show_what_waits(boss: Member, job: Job) -> None:
    found = (await boss.http.get("/api/v1/admin/queues")).json()

    media = next(each for each in found["items"] if each["name"] == "media.normal")
    assert (media["depth"], media["running"], media["paused"], media["workers"]) == (1, 0, False, 0)
    assert media["oldest_age_seconds"] >= 0
    assert found["priorities"][2] == {"priority": "normal", "depth": 1, "later": 0, "running": 0}
    assert found["dead"] == {"count": 0, "oldest_age_seconds": None}
    assert found["next_cursor"] is None


async def test_queue_is_paused_with_a_reason_and_resumed(boss: Member) -> None:
    stopped = await boss.http.post("/api/v1/admin/queues/media.normal/pause", json={"reason": "new disks"})
    paused = await _queue(boss, "media.normal")
    resumed = [await boss.http.post("/api/v1/admin/queues/media.normal/resume") for _ in range(2)]

    assert stopped.status_code == 200
    assert (stopped.json()["state"], stopped.json()["by"]) == ("paused", boss.email)
    assert paused["paused"]
    assert paused["stopped"][0]["reason"] == "new disks"
    assert [answer.json() for answer in resumed] == [{"resumed": ["media.normal"]}, {"resumed": []}]
    assert not (await _queue(boss, "media.normal"))["paused"]


async def test_new_job_is_refused_when_all_is_draining(boss: Member, member: Member, media_id: str) -> None:
    await boss.http.post("/api/v1/admin/queues/all/pause", json={"reason": "new disks at noon", "drain": True})

    answer = await member.http.post("/api/v1/jobs", json={"media_id": media_id, "engine": "stub"})

    assert answer.status_code == 503
    assert "new disks at noon" in answer.json()["detail"]


async def test_all_runs_again_when_resumed_at_once(boss: Member) -> None:
    for name in ("engine:stub", "low"):
        await boss.http.post(f"/api/v1/admin/queues/{name}/pause", json={"reason": "tests"})

    answer = await boss.http.post("/api/v1/admin/queues/resume")

    assert sorted(answer.json()["resumed"]) == ["engine:stub", "low"]


async def test_stop_and_resume_are_in_the_audit_log(boss: Member) -> None:
    await boss.http.post("/api/v1/admin/queues/all/pause", json={"reason": "tests"})
    await boss.http.post("/api/v1/admin/queues/all/resume")

    items = (await boss.http.get("/api/v1/admin/audit")).json()["items"]

    assert [(each["action"], each["subject_id"]) for each in items] == [
        ("queue.resumed", "all"),
        ("queue.paused", "all"),
    ]
