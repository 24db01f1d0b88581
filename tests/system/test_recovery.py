"""What must survive the loss of any process and of all of Redis."""

from __future__ import annotations

import os
import signal
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from reelscribe.platform import db, redis, storage
from reelscribe.platform.services import jobs, runs, transcripts
from reelscribe.platform.services.scheduler import LEADER_LOCK

from ..platform.services.factories import identity, media
from .conftest import descendants, statuses, until, until_ended

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("pusher")]


async def text_job(user_id: UUID, number: int):
    async def content():
        yield f"This is the text of job {number}.".encode()

    key = f"media/text-{user_id}-{number}"
    await storage.current().put(key, content())
    media_id = await media(user_id, kind="text", seconds=None, key=key)
    return await jobs.create(identity(user_id), jobs.NewJob(media_id=media_id, engine="stub"))


async def speech_job(user_id: UUID, path: Path, *, engine: str = "pocketsphinx"):
    key = f"media/speech-{user_id}"
    await storage.current().put_file(key, path)
    media_id = await media(user_id, seconds=40.0, key=key)
    return await jobs.create(identity(user_id), jobs.NewJob(media_id=media_id, engine=engine, language="en"))


async def transcribing(job_id: UUID) -> bool:
    row = await db.fetch_one("SELECT status, progress FROM stages WHERE job_id = $1 AND name = 'transcribe'", job_id)
    return row is not None and row["status"] == "running" and row["progress"] > 0


async def now() -> datetime:
    row = await db.fetch_one("SELECT now() AS now")
    assert row is not None
    moment: datetime = row["now"]
    return moment


async def seen(pid: int, since: datetime) -> bool:
    return bool(await db.fetch("SELECT 1 FROM workers WHERE pid = $1 AND seen_at > $2", pid, since))


async def test_jobs_pending_when_redis_is_flushed_all_complete(user, processes):
    made = [await text_job(user.id, number) for number in range(50)]
    await redis.client().flushall()

    processes.start("scheduler")
    processes.start("worker")

    assert await until_ended(user.id, seconds=60) == {"completed": 50}
    texts = {(await transcripts.get(user.id, each.id)).text for each in made}
    assert texts == {f"This is the text of job {number}." for number in range(50)}


async def test_worker_killed_in_mid_transcription_costs_nothing(user, processes, speech):
    processes.start("scheduler")
    doomed = processes.start("worker", lease_seconds="3")
    made = await speech_job(user.id, speech)
    await until(lambda: transcribing(made.id), seconds=60, what="the transcription runs")
    engine_children = descendants(doomed)

    processes.kill(doomed)
    processes.start("worker", lease_seconds="3")

    assert await until_ended(user.id, seconds=120) == {"completed": 1}
    _, alive = psutil.wait_procs(engine_children, timeout=5)
    assert not alive, "the engine outlived its worker"
    rows = await db.fetch(
        "SELECT a.outcome FROM attempts a JOIN stages s ON s.id = a.stage_id"
        " WHERE s.job_id = $1 AND s.name = 'transcribe' ORDER BY a.number",
        made.id,
    )
    assert [row["outcome"] for row in rows] == ["lost", "succeeded"]
    versions = await transcripts.versions(user.id, made.id)
    captures = await db.fetch("SELECT 1 FROM credit_entries WHERE job_id = $1 AND kind = 'capture'", made.id)
    assert (len(versions.items), len(captures)) == (1, 1)


async def test_cancel_ends_the_engine_and_frees_the_credits(user, processes, speech):
    worker = processes.start("worker")
    processes.start("scheduler")
    made = await speech_job(user.id, speech)
    await until(lambda: transcribing(made.id), seconds=60, what="the transcription runs")
    running = descendants(worker)
    assert running

    view = await runs.cancel(identity(user.id), made.id)

    _, alive = psutil.wait_procs(running, timeout=5)
    assert not alive, "the engine goes on after the cancel"
    assert (view.status, view.credits.held, view.credits.charged) == ("cancelled", 0, 0)
    row = await db.fetch_one("SELECT balance, held FROM credit_accounts WHERE user_id = $1", user.id)
    assert row is not None
    assert (row["balance"], row["held"]) == (600, 0)


async def test_worker_told_to_stop_gives_its_stage_back(user, processes, speech):
    processes.start("scheduler")
    first = processes.start("worker")
    made = await speech_job(user.id, speech)
    await until(lambda: transcribing(made.id), seconds=60, what="the transcription runs")

    first.terminate()
    first.wait(timeout=30)
    processes.start("worker")

    assert await until_ended(user.id, seconds=120) == {"completed": 1}
    row = await db.fetch_one("SELECT attempts FROM stages WHERE job_id = $1 AND name = 'transcribe'", made.id)
    assert row is not None
    assert row["attempts"] == 1


async def test_stopped_worker_that_wakes_after_its_lease_changes_nothing(user, processes, speech):
    processes.start("scheduler")
    sleeper = processes.start("worker", lease_seconds="3")
    made = await speech_job(user.id, speech)
    await until(lambda: transcribing(made.id), seconds=60, what="the transcription runs")

    os.kill(sleeper.pid, signal.SIGSTOP)
    processes.start("worker", lease_seconds="3")
    ended = await until_ended(user.id, seconds=120)
    woken = await now()
    os.kill(sleeper.pid, signal.SIGCONT)
    await until(lambda: seen(sleeper.pid, woken), seconds=60, what="the sleeper works again")
    sleeper.terminate()
    sleeper.wait(timeout=30)

    assert ended == await statuses(user.id) == {"completed": 1}
    assert len((await transcripts.versions(user.id, made.id)).items) == 1


async def leader() -> int | None:
    row = await db.fetch_one(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND granted", LEADER_LOCK % 2**32
    )
    return None if row is None else row["pid"]


async def test_scheduler_that_is_stopped_gives_the_lead_away(processes):
    first = processes.start("scheduler")
    await until(lambda: leads(None), seconds=60, what="the first one leads")
    before = await leader()
    processes.start("scheduler")

    os.kill(first.pid, signal.SIGSTOP)
    try:
        await until(lambda: leads(before), seconds=60, what="the second one leads")
    finally:
        os.kill(first.pid, signal.SIGCONT)


async def leads(before: int | None) -> bool:
    return await leader() not in (None, before)


async def test_postgres_restarted_in_mid_transcription_costs_no_work(user, processes, speech, postgres_server):
    processes.start("scheduler")
    processes.start("worker")
    made = await speech_job(user.id, speech)
    await until(lambda: transcribing(made.id), seconds=60, what="the transcription runs")

    postgres_server.restart()

    assert await until_ended(user.id, seconds=120) == {"completed": 1}
    row = await db.fetch_one("SELECT attempts FROM stages WHERE job_id = $1 AND name = 'transcribe'", made.id)
    assert row is not None
    assert row["attempts"] == 1


async def test_redis_restarted_empty_in_mid_job_costs_no_work(user, processes, speech, redis_server):
    processes.start("scheduler")
    processes.start("worker")
    made = await speech_job(user.id, speech)
    waiting = [await text_job(user.id, number) for number in range(5)]
    await until(lambda: transcribing(made.id), seconds=60, what="the transcription runs")

    redis_server.restart()

    assert await until_ended(user.id, seconds=120) == {"completed": 1 + len(waiting)}
    row = await db.fetch_one("SELECT attempts FROM stages WHERE job_id = $1 AND name = 'transcribe'", made.id)
    assert row is not None
    assert row["attempts"] == 1
