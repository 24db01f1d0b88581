"""The scheduler: one leader mends what crashes leave behind, any number of stand-bys wait.

Every tick it pushes left-over and due messages, rescues stages of dead workers and queues again what
Redis lost; less often it sweeps what has expired. Each duty is safe to run twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec

from .. import db, logs, redis
from ..errors import ReelscribeError, Unavailable
from ..queue import dispatch
from ..settings import current
from . import (
    admission,
    alerts,
    controls,
    idempotency,
    images,
    leftovers,
    mended,
    orphans,
    partials,
    sound,
    stages,
    uploads,
    workers,
)
from .dead_letters import bulk_work, scheduled

log = logs.get("scheduler")

# Any fixed number: whoever holds this advisory lock is the leader.
LEADER_LOCK = 7_305_164_022
# A leader that has said nothing for so long, five of its signs of life, leads no more.
_SILENT_SECONDS = 10
# A row that its own process is about to push must not be pushed twice.
_GRACE = timedelta(seconds=1)


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do again and again; ``run`` returns how many things it mended.

    ``after_seconds``: how long a new leader waits with it.
    """

    name: str
    every_seconds: float
    after_seconds: float = 0.0
    run: Callable[[], Awaitable[int]]


DUTIES = (
    Duty(name="push_due", every_seconds=0.5, run=lambda: dispatch.push_due(older_than=_GRACE)),
    # A restart of PostgreSQL makes a leader and lets leases run out: living workers renew theirs first.
    Duty(name="rescue_expired", every_seconds=2, after_seconds=5, run=stages.rescue_expired),
    Duty(name="requeue_lost", every_seconds=5, run=lambda: stages.requeue_lost(older_than=timedelta(seconds=3))),
    Duty(name="rescue_images", every_seconds=2, after_seconds=5, run=images.rescue_expired),
    Duty(name="offer_images", every_seconds=2, run=lambda: images.offer_due(older_than=_GRACE)),
    Duty(name="invite_probes", every_seconds=2, run=stages.invite_probes),
    Duty(name="keep_partials", every_seconds=5, run=partials.keep_missed),
    Duty(name="delete_leftovers", every_seconds=15, run=leftovers.delete),
    Duty(name="admit_forgotten", every_seconds=2, run=admission.admit_forgotten),
    Duty(name="requeue_scheduled", every_seconds=2, run=scheduled.tick),
    Duty(name="perform_bulk", every_seconds=bulk_work.TURN_SECONDS, run=bulk_work.tick),
    Duty(name="tell_paused", every_seconds=2, run=controls.tell),
    Duty(name="sweep_uploads", every_seconds=300, run=lambda: uploads.sweep_expired(datetime.now(UTC))),
    Duty(name="watch_dead_letters", every_seconds=60, run=alerts.watch),
    Duty(name="forget_sound", every_seconds=600, run=sound.forget_old),
    Duty(name="sweep_orphans", every_seconds=6 * 3600, after_seconds=600, run=lambda: orphans.sweep(datetime.now(UTC))),
    Duty(name="forget_workers", every_seconds=60, run=workers.forget_silent),
    Duty(name="forget_idempotency_keys", every_seconds=3600, run=idempotency.forget_old),
)


def run() -> int:
    """Lead or stand by until SIGTERM; returns the exit code."""
    logs.configure(current())
    asyncio.run(_run())
    return 0


async def _run() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await db.start(size=4)
    await redis.start()
    await dispatch.start()  # what a duty queues goes out at once
    leading = asyncio.create_task(_lead_until(stop))
    waiting = asyncio.create_task(stop.wait())
    # A bug in a duty must end the process, so that its supervisor sees it, not leave a leader that does nothing.
    await asyncio.wait([leading, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    leading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await leading
    await dispatch.stop()
    await redis.stop()
    await db.stop()


async def _lead_until(stop: asyncio.Event) -> None:
    # The event, not only a cancel: a group of tasks that is failing at that moment swallows a cancel.
    while not stop.is_set():
        try:
            await _lead()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
            log.warning("leadership_lost", error=str(exc))
        await asyncio.sleep(1)


async def _lead() -> None:
    """Wait for the leader's lock on a connection of its own, then do the duties while it lives."""
    connection: asyncpg.Connection = await db.DB.get_new_connection()
    try:
        # A leader that is stopped or hangs keeps its connection; PostgreSQL ends it, and with it the lock.
        await connection.execute(f"SET idle_session_timeout = '{_SILENT_SECONDS}s'")
        await connection.execute("SELECT pg_advisory_lock($1)", LEADER_LOCK)
        log.info("scheduler_leads")
        async with asyncio.TaskGroup() as group:
            for duty in DUTIES:
                group.create_task(_repeat(duty))
            group.create_task(_watch(connection))
    except* (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as many:
        raise many.exceptions[0] from many
    finally:
        await connection.close(timeout=2)


async def _watch(connection: asyncpg.Connection) -> None:
    """Fail as soon as the connection that holds the lock is gone."""
    while True:
        await asyncio.sleep(2)
        await connection.execute("SELECT 1")


async def _repeat(duty: Duty) -> None:
    await asyncio.sleep(duty.after_seconds)
    while True:
        await perform(duty)
        # asyncpg swallows a cancel that comes just when a new connection is there (before Python 3.12).
        if _is_cancelled():
            return
        await asyncio.sleep(duty.every_seconds)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def perform(duty: Duty) -> int:
    """Do a duty once; a server that is away is logged and tried again at the next turn."""
    try:
        count = await duty.run()
        if count:
            await mended.add(duty.name, count)
    except Unavailable as exc:
        log.warning("duty_put_off", duty=duty.name, error=str(exc))
        return 0
    except (ReelscribeError, asyncpg.PostgresError, msgspec.MsgspecError) as exc:
        # One odd row must not stop the other duties.
        log.error("duty_failed", duty=duty.name, error=repr(exc), exc_info=exc)
        return 0
    if count:
        log.info("mended", duty=duty.name, count=count)
    return count
