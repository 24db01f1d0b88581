"""Every task has one actor."""

from __future__ import annotations

import logging

from dramatiq.asyncio import EventLoopThread
from dramatiq.brokers.stub import StubBroker
from reelscribe.actors import registry
from reelscribe.platform.queue.tasks import TASKS
from reelscribe.platform.services.chunks import ASSIST
from reelscribe.platform.services.images import ILLUSTRATE


def test_every_task_has_one_actor_one_assists_and_one_draws():
    broker, loop = StubBroker(middleware=[]), EventLoopThread(logging.getLogger(__name__))
    loop.start(timeout=5)

    registry.declare(broker, loop)
    loop.stop()

    assert sorted(broker.get_declared_actors()) == sorted([*TASKS, ASSIST, ILLUSTRATE])
