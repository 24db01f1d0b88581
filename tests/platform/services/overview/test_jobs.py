"""Everybody's jobs: found by whatever an admin knows of them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.lifecycle import JobKind, JobStatus
from reelscribe.platform.errors import NotFound
from reelscribe.platform.services import stages
from reelscribe.platform.services.overview import jobs
from reelscribe.platform.services.overview.jobs import JobFilter

from tests.conftest import User
from tests.platform.services import factories

pytestmark = pytest.mark.usefixtures("database", "redis")


async def _ids(**wanted: object) -> list[object]:
    return [each.id for each in (await jobs.list_page(JobFilter(**wanted), limit=10)).items]


async def test_list_has_the_jobs_of_everybody(user: User, stranger: User) -> None:
    first, second = await factories.job(user.id), await factories.job(stranger.id)

    found = (await jobs.list_page(JobFilter(), limit=10)).items

    assert [(each.id, each.user.email, each.filename) for each in found] == [
        (second.id, stranger.email, "talk.wav"),
        (first.id, user.email, "talk.wav"),
    ]


async def test_list_finds_a_job_by_what_is_known_of_it(user: User, stranger: User) -> None:
    job, other = await factories.job(user.id), await factories.job(stranger.id)
    await db.execute("UPDATE jobs SET status = 'cancelled', finished_at = now() WHERE id = $1", other.id)

    assert await _ids(status=JobStatus.CANCELLED) == [other.id]
    assert await _ids(user=user.email.upper()) == [job.id]
    assert await _ids(user=str(stranger.id)) == [other.id]
    assert await _ids(q=str(job.id)) == [job.id]
    assert await _ids(q="TALK", kind=JobKind.TRANSCRIPTION, engine="stub") == [other.id, job.id]
    assert await _ids(engine="local") == []


async def test_pages_hold_every_job_once(user: User) -> None:
    made = [(await factories.job(user.id)).id for _ in range(3)]

    first = await jobs.list_page(JobFilter(), limit=2)
    second = await jobs.list_page(JobFilter(), limit=2, cursor=first.next_cursor)

    assert [each.id for each in (*first.items, *second.items)] == made[::-1]
    assert second.next_cursor is None


async def test_job_is_held_when_another_one_goes_first(user: User) -> None:
    job = await factories.job(user.id)
    await db.execute("UPDATE jobs SET admitted_at = NULL WHERE id = $1", job.id)

    assert (await jobs.get(job.id)).is_held


async def test_job_shows_its_steps_and_attempts(user: User) -> None:
    job = await factories.job(user.id)
    await stages.claim(*await factories.waiting_message(job.id), worker="w1", lease=timedelta(seconds=60))

    found = await jobs.get(job.id)

    assert [(each.name, each.status, each.worker) for each in found.stages][:2] == [
        ("ingest", "running", "w1"),
        ("silence", "waiting", None),
    ]
    assert [(each.stage, each.number, each.outcome) for each in found.tries] == [("ingest", 1, "running")]
    assert found.worker == "w1"


async def test_job_is_missing_when_there_is_none() -> None:
    with pytest.raises(NotFound):
        await jobs.get(uuid4())
