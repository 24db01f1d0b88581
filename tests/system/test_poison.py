"""A recording that kills whoever works on it is given up after its attempts, and disturbs nobody else."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from reelscribe.platform import db, settings
from reelscribe.platform.services import jobs

from ..platform.services.factories import identity
from .conftest import until
from .test_recovery import speech_job, text_job

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("pusher")]

LEASE = {"lease_seconds": "3", "stage_attempts": "2"}


@pytest.fixture
def two_attempts(monkeypatch: pytest.MonkeyPatch):
    """This process creates the jobs, so it decides how often a stage is tried."""
    monkeypatch.setenv("REELSCRIBE_STAGE_ATTEMPTS", "2")
    settings.current.cache_clear()
    yield
    monkeypatch.undo()
    settings.current.cache_clear()


async def tried(job_id: UUID) -> list[db.Row]:
    rows = await db.fetch(
        "SELECT a.* FROM attempts a JOIN stages s ON s.id = a.stage_id"
        " WHERE s.job_id = $1 AND s.name = 'transcribe' ORDER BY a.number",
        job_id,
    )
    return list(rows)


async def status(job_id: UUID) -> str:
    row = await db.fetch_one("SELECT status FROM jobs WHERE id = $1", job_id)
    assert row is not None
    return str(row["status"])


@pytest.mark.usefixtures("two_attempts")
async def test_recording_that_kills_its_workers_ends_as_a_dead_letter(user, processes, speech: Path):
    processes.start("scheduler", **LEASE)
    poison = await speech_job(user.id, speech)
    harmless = [await text_job(user.id, number) for number in range(5)]

    for attempt in (1, 2):
        worker = processes.start("worker", **LEASE)

        async def at_work(number: int = attempt) -> bool:
            return len(await tried(poison.id)) == number and (await tried(poison.id))[-1]["outcome"] == "running"

        await until(at_work, seconds=60, what=f"attempt {attempt} at the poison")
        processes.kill(worker)
    processes.start("worker", **LEASE)

    async def all_ended() -> bool:
        return {await status(each.id) for each in [poison, *harmless]} == {"failed", "completed"}

    await until(all_ended, seconds=60, what="the poison is given up, the others are done")
    assert [await status(each.id) for each in harmless] == ["completed"] * 5
    attempts = await tried(poison.id)
    assert [each["outcome"] for each in attempts] == ["lost", "lost"]
    assert len({each["worker"] for each in attempts}) == 2
    assert all(each["finished_at"] > each["started_at"] for each in attempts)
    assert all(each["worker"] in each["log_tail"] for each in attempts)
    (letter,) = await db.fetch("SELECT * FROM dead_letters")
    assert (letter["job_id"], letter["error_code"], letter["attempts"]) == (poison.id, "worker_lost", 2)
    assert letter["worker"] == attempts[-1]["worker"]
    view = await jobs.get(identity(user.id), poison.id)
    assert view.credits.held == 0
