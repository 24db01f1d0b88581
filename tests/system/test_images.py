"""Illustrations survive the loss of their worker and of all of Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from reelscribe.platform import redis
from reelscribe.platform.services import images, runs

from tests.platform.services.factories import identity, job
from tests.platform.services.images import drawing
from tests.platform.services.images.drawing import assert_balanced, order
from tests.stand_ins import flux
from tests.stand_ins.flux import Fault
from tests.system.conftest import Processes, until

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("pusher")]


@pytest.fixture
def service() -> Iterator[flux.Server]:
    with drawing.endpoint() as server:
        yield server


async def test_image_is_charged_once_when_its_worker_is_killed_and_redis_emptied(
    user, processes: Processes, service: flux.Server
):
    service.fail(Fault(silent=True))
    over = await job(user.id)
    await runs.cancel(identity(user.id), over.id)
    processes.start("scheduler")
    doomed = processes.start("worker", lease_seconds="3")
    made = await order(user.id, job_id=over.id)
    await asyncio.to_thread(service.wait_for)

    processes.kill(doomed)
    await redis.client().flushall()
    processes.start("worker", lease_seconds="3")

    async def ready() -> bool:
        return (await images.get(user.id, made.id)).status == "ready"

    await until(ready, seconds=120, what="the image is drawn")
    assert (await images.get(user.id, made.id)).credits.charged == 2
    assert len(service.asked()) == 2
    await assert_balanced(user.id)
