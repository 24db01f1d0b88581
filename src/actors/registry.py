"""Bind each task's work to its Dramatiq actor; there is one actor per task, one that assists, one that draws."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import dramatiq
from dramatiq.asyncio import EventLoopThread

from ..platform.domain.lifecycle import StageName
from ..platform.queue.tasks import TASKS, Group, Priority, queue_name
from ..platform.services.chunks import ASSIST
from ..platform.services.images.work import ILLUSTRATE, QUEUE
from . import align, analyse, assist, deliver, diarize, illustrate, ingest, render, select, silence, transcribe
from .work import Work, perform

WORK: dict[StageName, Work] = {
    StageName.INGEST: ingest.work,
    StageName.SILENCE: silence.work,
    StageName.TRANSCRIBE: transcribe.work,
    StageName.ALIGN: align.work,
    StageName.DIARIZE: diarize.work,
    StageName.ANALYSE: analyse.work,
    StageName.SELECT: select.work,
    StageName.RENDER: render.work,
    StageName.DELIVER: deliver.work,
}


def declare(broker: dramatiq.Broker, loop: EventLoopThread) -> None:
    """Declare the actors on ``broker``; their work runs on ``loop``.

    Retries and time limits are ours (``queue.tasks``), so no middleware of Dramatiq's adds its own.
    """
    for name, work in WORK.items():
        queue = queue_name(TASKS[name].group, Priority.NORMAL)
        dramatiq.actor(actor_name=name.value, queue_name=queue, broker=broker)(_receiver(work, loop))
    queue = queue_name(Group.ENGINE, Priority.NORMAL)
    dramatiq.actor(actor_name=ASSIST, queue_name=queue, broker=broker)(_assistant(loop))
    dramatiq.actor(actor_name=ILLUSTRATE, queue_name=QUEUE, broker=broker)(_illustrator(loop))


def _receiver(work: Work, loop: EventLoopThread) -> Callable[[str, str], None]:
    def receive(stage_id: str, message_id: str) -> None:
        loop.run_coroutine(perform(UUID(stage_id), UUID(message_id), work))

    return receive


def _assistant(loop: EventLoopThread) -> Callable[[str, str], None]:
    def receive(stage_id: str, _message_id: str) -> None:
        loop.run_coroutine(assist.perform(UUID(stage_id)))

    return receive


def _illustrator(loop: EventLoopThread) -> Callable[[str, str], None]:
    def receive(image_id: str, _message_id: str) -> None:
        loop.run_coroutine(illustrate.perform(UUID(image_id)))

    return receive
