"""What is kept of a failed attempt, and what a failure asks of the next one."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

import pytest
from reelscribe.actors import work
from reelscribe.platform import db, logs
from reelscribe.platform.errors import EngineFailed, MediaFailed, TimeLimitReached
from reelscribe.platform.process.run import run
from reelscribe.platform.services import failure, stages
from reelscribe.platform.services.stages import Finished

from .factories import job, waiting_message

LEASE = timedelta(seconds=30)
EXPIRED = timedelta(seconds=-1)
KILLED = "import os, sys; x = bytearray(50_000_000); print('last words', file=sys.stderr, flush=True); "

pytestmark = pytest.mark.usefixtures("database", "redis")


async def claimed(job_id, *, worker: str = "w1", lease: timedelta = LEASE) -> stages.Claimed:
    stage_id, message_id = await waiting_message(job_id)
    stage = await stages.claim(stage_id, message_id, worker=worker, lease=lease)
    assert stage is not None
    return stage


async def attempt() -> db.Row:
    row = await db.fetch_one("SELECT *, error->>'code' AS code, error->>'message' AS message FROM attempts")
    assert row is not None
    return row


async def child(code: str, *, seconds: float = 60) -> None:
    done = await run([sys.executable, "-c", code], timeout=timedelta(seconds=seconds))
    raise MediaFailed("ffmpeg fell over.", **done.facts)


@pytest.mark.parametrize(("seconds", "least", "most"), [(90, 90, 93), (86_400, 3_590, 3_600), ("soon", 0, 3)])
async def test_retry_waits_as_long_as_the_server_asked(user, seconds, least, most):
    made = await job(user.id)

    await stages.fail(await claimed(made.id), failure.of(EngineFailed("busy", retry_after=seconds)))

    row = await db.fetch_one("SELECT extract(epoch FROM due_at - now()) AS wait FROM stages WHERE status = 'queued'")
    assert row is not None
    assert least - 2 <= row["wait"] <= most


async def test_attempt_has_the_end_of_a_killed_child(user):
    made = await job(user.id)

    async def doing(_stage, _report) -> Finished:
        await child(KILLED + "import time; time.sleep(0.6); os.kill(os.getpid(), 9)")
        raise AssertionError("unreachable")

    await work.perform(*await waiting_message(made.id), doing)

    row = await attempt()
    assert (row["outcome"], row["code"], row["exit_code"]) == ("failed", "media_failed", -9)
    assert row["log_tail"] == "last words\n"
    assert row["peak_memory_bytes"] > 50_000_000
    assert "MediaFailed" in row["traceback"]
    assert row["finished_at"] >= row["started_at"]


async def test_attempt_has_what_a_child_said_before_its_time_was_up(user):
    made = await job(user.id)

    async def doing(_stage, _report) -> Finished:
        await child(KILLED + "import time; time.sleep(60)", seconds=1.5)
        raise AssertionError("unreachable")

    await work.perform(*await waiting_message(made.id), doing)

    row = await attempt()
    assert (row["code"], row["exit_code"]) == ("time_limit", -15)
    assert row["log_tail"] == "last words\n"
    assert row["peak_memory_bytes"] > 50_000_000


async def test_time_limit_of_the_stage_knows_the_child_that_it_ended(user):
    made = await job(user.id)
    stage = await claimed(made.id)
    with logs.keeping() as kept:
        doing = asyncio.create_task(child(KILLED + "import time; time.sleep(60)"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(doing, 1.5)

    await stages.fail(stage, failure.of(TimeLimitReached(), kept))

    row = await attempt()
    assert (row["code"], row["exit_code"], row["log_tail"]) == ("time_limit", -15, "last words\n")


async def test_attempt_without_a_child_has_the_last_lines_of_its_own_log(user):
    made = await job(user.id)
    stage = await claimed(made.id)
    with logs.keeping() as kept:
        logs.keep_line(None, "info", {"event": "before", "timestamp": "12:00", "level": "info", "source": "x"})
        logs.keep_line(None, "info", {"event": "chunk_done", "position": 3})
    logs.keep_line(None, "info", {"event": "of another stage"})

    await stages.fail(stage, failure.of(ZeroDivisionError("a bug"), kept))

    assert (await attempt())["log_tail"] == "12:00 info before\nchunk_done position=3"


async def test_attempt_keeps_no_secret(user):
    made = await job(user.id)

    await stages.fail(await claimed(made.id), failure.of(EngineFailed("GET https://x.test/?key=hush failed")))

    row = await attempt()
    assert "hush" not in str(dict(row))
    assert row["message"] == "GET https://x.test/?key=<hidden> failed"


async def test_lost_attempt_names_its_worker(user):
    made = await job(user.id)
    await claimed(made.id, worker="machine-7:123:abc", lease=EXPIRED)

    await stages.rescue_expired()

    row = await attempt()
    assert (row["outcome"], row["worker"]) == ("lost", "machine-7:123:abc")
    assert "machine-7:123:abc" in row["log_tail"]


async def test_dead_letter_can_be_found_by_what_a_person_knows(user):
    made = await job(user.id)
    stage = await claimed(made.id, worker="w9")

    await stages.fail(stage, failure.of(TimeLimitReached()))
    await db.execute("UPDATE stages SET attempts = max_attempts - 1, due_at = now() WHERE status = 'queued'")
    await stages.fail(await claimed(made.id, worker="w10"), failure.of(TimeLimitReached()))

    row = await db.fetch_one("SELECT * FROM dead_letters")
    assert row is not None
    assert (row["kind"], row["priority"], row["worker"], row["attempts"]) == ("transcription", "normal", "w10", 2)
    assert set(str(made.id).split("-")) <= set(row["search_text"].split())
    assert {"talk", "wav", user.email.split("@")[0].split("-")[1], "limit"} <= set(row["search_text"].split())
