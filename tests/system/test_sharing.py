"""Two real workers share one recording; what a cancel and a kill of one of them do to the other."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from reelscribe.platform import db, events, storage
from reelscribe.platform.domain.timeline import Span, clip, total
from reelscribe.platform.resources import data_path
from reelscribe.platform.services import jobs, runs, transcripts

from ..platform.services.factories import identity, media
from .conftest import descendants, until, until_ended

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("pusher")]

LECTURE = data_path("samples") / "lecture.mp4"
SECONDS = 80.0
SETTINGS = {"chunk_seconds": "10", "lease_seconds": "4"}


async def long_job(user_id: UUID, path: Path = LECTURE):
    key = f"media/lecture-{user_id}"
    await storage.current().put_file(key, path)
    media_id = await media(user_id, kind="video", seconds=SECONDS, key=key)
    return await jobs.create(identity(user_id), jobs.NewJob(media_id=media_id, engine="pocketsphinx", language="en"))


async def pieces(job_id: UUID):
    return await db.fetch(
        "SELECT c.* FROM stage_chunks c JOIN stages s ON s.id = c.stage_id WHERE s.job_id = $1 ORDER BY c.position",
        job_id,
    )


async def shared(job_id: UUID) -> bool:
    """Whether two workers are in a piece each, and some are finished."""
    rows = await pieces(job_id)
    holders = {row["worker"] for row in rows if row["lease_token"] is not None}
    return len(holders) == 2 and any(row["finished_at"] for row in rows)


async def coordinator(job_id: UUID) -> int:
    row = await db.fetch_one("SELECT worker FROM stages WHERE job_id = $1 AND name = 'transcribe'", job_id)
    assert row is not None
    return int(row["worker"].split(":")[1])


def spoken() -> list[Span]:
    """When somebody speaks in the lecture."""
    lines = [line.split() for line in LECTURE.with_suffix(".rttm").read_text().splitlines()]
    return [Span(float(line[3]), float(line[3]) + float(line[4])) for line in lines]


async def times_told(user_id: UUID, job_id: UUID) -> Counter[str]:
    """How often each segment of each piece was sent to the browsers."""
    told = await events.replay(user_id=user_id, job_id=job_id, after_id="0")
    partial = [json.loads(each.data) for each in told if each.type == events.EventType.PARTIAL]
    return Counter(segment["id"] for each in partial for segment in each["segments"])


async def test_cancel_ends_the_engines_of_all_workers(user, processes):
    processes.start("scheduler")
    workers = [processes.start("worker", **SETTINGS) for _ in range(2)]
    made = await long_job(user.id)

    async def both_at_work() -> bool:
        return await shared(made.id) and all(descendants(worker) for worker in workers)

    await until(both_at_work, seconds=90, what="an engine runs in each of two workers")
    engines = [child for worker in workers for child in descendants(worker)]

    await runs.cancel(identity(user.id), made.id)

    _, alive = psutil.wait_procs(engines, timeout=5)
    assert not alive, "an engine goes on after the cancel"
    assert all(worker.poll() is None for worker in workers)


async def test_killed_coordinator_costs_only_the_piece_in_its_hands(user, processes):
    processes.start("scheduler")
    workers = [processes.start("worker", **SETTINGS) for _ in range(2)]
    made = await long_job(user.id)
    await until(lambda: shared(made.id), seconds=90, what="two workers share the job")
    doomed = await coordinator(made.id)
    rows = await pieces(made.id)

    processes.kill(next(worker for worker in workers if worker.pid == doomed))

    assert await until_ended(user.id, seconds=150) == {"completed": 1}
    outcomes = await db.fetch(
        "SELECT a.outcome FROM attempts a JOIN stages s ON s.id = a.stage_id"
        " WHERE s.job_id = $1 AND s.name = 'transcribe' ORDER BY a.number",
        made.id,
    )
    assert [row["outcome"] for row in outcomes] == ["lost", "succeeded"]
    text = await transcripts.get(user.id, made.id)
    heard = [Span(segment.start, segment.end) for segment in text.segments]
    assert all(total(clip(heard, turn)) > turn.length / 2 for turn in spoken()), "a part of the speech is missing"
    assert len({segment.id for segment in text.segments}) == len(text.segments)
    done_before = {f"c{row['position'] + 1}s" for row in rows if row["finished_at"]}
    told = await times_told(user.id, made.id)
    again = {name for name, times in told.items() if times > 1}
    assert not {name for name in again if name.startswith(tuple(done_before))}, "a finished piece was done again"


async def test_coordinator_told_to_stop_gives_its_piece_back_at_once(user, processes):
    settings = SETTINGS | {"lease_seconds": "600"}  # so that nobody waits for a lease to run out
    processes.start("scheduler")
    workers = [processes.start("worker", **settings) for _ in range(2)]
    made = await long_job(user.id)
    await until(lambda: shared(made.id), seconds=90, what="two workers share the job")
    first = await coordinator(made.id)

    next(worker for worker in workers if worker.pid == first).terminate()

    assert await until_ended(user.id, seconds=150) == {"completed": 1}
    row = await db.fetch_one("SELECT attempts FROM stages WHERE job_id = $1 AND name = 'transcribe'", made.id)
    assert row is not None
    assert row["attempts"] == 1
