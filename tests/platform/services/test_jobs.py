"""What a job's creation makes of the request and the caller's plan."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from reelscribe.platform import db, events
from reelscribe.platform.domain.features import Features
from reelscribe.platform.errors import Forbidden, UnsupportedOption
from reelscribe.platform.services import jobs, runs

from .factories import identity, job, media

pytestmark = pytest.mark.usefixtures("database", "redis")


@pytest.mark.parametrize(
    ("plan", "wanted", "given"),
    [
        ("high", None, "normal"),  # nobody is hurried who does not ask for it
        ("normal", None, "normal"),
        ("low", None, "low"),  # the plan's best is below the usual one
        ("high", "high", "high"),
        ("normal", "low", "low"),
        ("critical", "critical", "critical"),
    ],
)
async def test_plan_and_request_decide_the_priority(user, plan, wanted, given):
    request = jobs.NewJob(media_id=await media(user.id), engine="stub", priority=wanted)

    made = await jobs.create(identity(user.id, max_priority=plan), request)

    (row,) = await db.fetch("SELECT queue FROM stages WHERE job_id = $1 AND status = 'queued'", made.id)
    assert (made.priority, row["queue"]) == (given, f"media.{given}")


async def test_priority_above_the_plan_is_refused(user):
    request = jobs.NewJob(media_id=await media(user.id), engine="stub", priority="high")

    with pytest.raises(Forbidden, match="'normal' at most"):
        await jobs.create(identity(user.id, max_priority="normal"), request)


async def test_translation_into_no_language_is_refused(user):
    wanted = msgspec.convert({"llm_gateway": {"enabled": True, "translate_to": ["de", "Klingon"]}}, Features)
    request = jobs.NewJob(media_id=await media(user.id), engine="stub", features=wanted)

    with pytest.raises(UnsupportedOption, match="'Klingon' is not known") as refused:
        await jobs.create(identity(user.id), request)

    assert refused.value.facts["field"] == "features.llm_gateway.translate_to"


async def test_retry_tells_the_new_sums(user):
    made = await job(user.id)
    await runs.cancel(identity(user.id), made.id)

    await runs.retry(identity(user.id), made.id)
    await asyncio.gather(*events._publishing)

    told = await events.replay(user_id=user.id, job_id=None, after_id="0-0")
    assert '"held":"1.00"' in [event.data for event in told if event.type is events.EventType.CREDITS][-1]
