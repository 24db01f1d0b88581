"""Server-sent events of one job, read over HTTP while they happen."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from reelscribe.platform import db, events
from reelscribe.platform import redis as redis_pool
from reelscribe.platform.events import EventType, Hub
from reelscribe.platform.services import credentials
from reelscribe.web.streams import feed

from tests.web.conftest import Job, Member
from tests.web.streams.conftest import Opened


async def _tell(member: Member, job_id: str, kind: EventType, **data: object) -> None:
    await events.publish(kind, member.id, UUID(job_id), {"job_id": job_id, **data})


async def _finish(job_id: str) -> None:
    await db.execute(
        "UPDATE jobs SET status = 'completed', progress = 100, finished_at = now() WHERE id = $1", UUID(job_id)
    )


async def test_stream_begins_with_a_snapshot_when_opened(member: Member, job: Job, opened: Opened) -> None:
    async with opened(member, f"/api/v1/jobs/{job['id']}/events") as stream:
        first = await stream.next()

        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["x-accel-buffering"] == "no"
        assert first.event == "job.progress"
        assert first.json() == {"job_id": job["id"], "snapshot": True, **job}


async def test_stream_tells_what_happens_and_ends_when_the_job_is_done(
    member: Member,
    job: Job,
    opened: Opened,
) -> None:
    async with opened(member, f"/api/v1/jobs/{job['id']}/events") as stream:
        await stream.next()
        await _tell(member, job["id"], EventType.PROGRESS, progress=40)
        await _tell(member, job["id"], EventType.PARTIAL, segments=[])
        await _finish(job["id"])
        await _tell(member, job["id"], EventType.COMPLETED)

        assert await stream.rest() == ["job.progress", "job.partial", "job.completed"]


async def test_stream_replays_only_what_was_missed_when_the_browser_comes_back(
    member: Member,
    job: Job,
    opened: Opened,
) -> None:
    path = f"/api/v1/jobs/{job['id']}/events"
    async with opened(member, path) as stream:
        await stream.next()
        await _tell(member, job["id"], EventType.PROGRESS, progress=10)
        seen = await stream.next()
    await _tell(member, job["id"], EventType.PROGRESS, progress=20)

    async with opened(member, path, last=seen.id) as stream:
        assert (await stream.data())["snapshot"] is True
        assert (await stream.data())["progress"] == 20
        await _finish(job["id"])
        await _tell(member, job["id"], EventType.COMPLETED)
        assert await stream.rest() == ["job.completed"]


async def test_stream_goes_on_when_an_earlier_run_of_the_job_had_failed(
    member: Member,
    job: Job,
    opened: Opened,
) -> None:
    await _tell(member, job["id"], EventType.PROGRESS, progress=10)

    async with opened(member, f"/api/v1/jobs/{job['id']}/events", last="1-0") as stream:
        await stream.next()
        await _tell(member, job["id"], EventType.FAILED)  # told late: the job runs again already
        await _tell(member, job["id"], EventType.PROGRESS, progress=20)
        await _finish(job["id"])
        await _tell(member, job["id"], EventType.COMPLETED)

        assert (await stream.rest())[-2:] == ["job.progress", "job.completed"]


async def test_stream_gives_the_text_so_far_when_a_newcomer_opens_it(
    member: Member,
    job: Job,
    opened: Opened,
) -> None:
    await _tell(member, job["id"], EventType.PROGRESS, progress=10)
    await _tell(member, job["id"], EventType.PARTIAL, segments=[])

    async with opened(member, f"/api/v1/jobs/{job['id']}/events") as stream:
        assert [(await stream.next()).event for _ in range(2)] == ["job.progress", "job.partial"]


async def test_stream_ends_by_itself_when_the_job_was_done_before(
    member: Member,
    job: Job,
    opened: Opened,
) -> None:
    await _finish(job["id"])

    async with opened(member, f"/api/v1/jobs/{job['id']}/events") as stream:
        assert await stream.rest() == ["job.progress", "job.completed"]


async def test_stream_ends_when_the_last_event_was_lost(member: Member, job: Job) -> None:
    who = await credentials.identify(member.http.headers["authorization"].removeprefix("Bearer "))
    said = feed.of_job(Hub(), who, UUID(job["id"]), None, look_again=timedelta(milliseconds=20))
    first = await anext(said)
    await _finish(job["id"])  # no event: this hub does not even listen

    assert first.type is EventType.PROGRESS
    assert [each.type async for each in said] == [EventType.COMPLETED]


async def test_stream_still_says_how_things_stand_when_redis_is_empty(
    member: Member,
    job: Job,
    opened: Opened,
) -> None:
    await redis_pool.client().flushall()
    await _finish(job["id"])

    async with opened(member, f"/api/v1/jobs/{job['id']}/events", last="1-1") as stream:
        assert await stream.rest() == ["job.progress", "job.completed"]


@pytest.mark.parametrize("last", ["x", "1", "-1", "1-1-1", "9" * 30 + "-1"])
async def test_stream_begins_afresh_when_the_last_id_is_nonsense(
    member: Member,
    job: Job,
    opened: Opened,
    last: str,
) -> None:
    await _finish(job["id"])

    async with opened(member, f"/api/v1/jobs/{job['id']}/events", last=last) as stream:
        assert await stream.rest() == ["job.progress", "job.completed"]


async def test_user_stream_tells_of_all_own_jobs_when_things_happen(
    member: Member,
    outsider: Member,
    job: Job,
    opened: Opened,
) -> None:
    async with opened(member, "/api/v1/events") as stream:
        first = await stream.next()
        await events.publish(EventType.CREDITS, outsider.id, None, {"available": "0.00"})
        await _finish(job["id"])
        await _tell(member, job["id"], EventType.COMPLETED)

        assert (first.event, first.json()["available"]) == ("credits.updated", "599.00")
        heard = first
        while heard.event == "credits.updated":  # the hold of the new job may be told late
            assert heard.json()["available"] == "599.00"
            heard = await stream.next()
        assert heard.event == "job.completed"
