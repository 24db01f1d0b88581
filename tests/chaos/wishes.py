"""What the owners of jobs do with them: wait, change their minds, edit their clips, try again when one failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random
from uuid import UUID

from reelscribe.platform import db
from reelscribe.platform.errors import Conflict
from reelscribe.platform.services.dead_letters import requeue

from . import deeds
from .customers import Customer, GaveUp
from .orders import Order
from .patience import patiently
from .world import Made, World

# So many requests at once are like many customers, and still leave the processor to the platform.
_AT_ONCE = 16
# Jobs come many at once, so that there are queues to break.
_WAVE = 8
_WITH_CLIPS = """
SELECT id, finished_at IS NOT NULL AS is_over FROM jobs j
WHERE EXISTS (SELECT 1 FROM clips c WHERE c.job_id = j.id AND c.deleted_at IS NULL)
"""


class Wishes:
    """Brings the orders over ``seconds``, cancels some, and runs again what failed."""

    def __init__(self, world: World, customers: list[Customer], pieces: dict[str, Path], rng: Random) -> None:
        self._world = world
        self._customers = customers
        self._pieces = pieces
        self._rng = rng
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._busy: set[UUID] = set()
        self._edited: set[UUID] = set()

    async def bring(self, orders: list[Order], *, seconds: float) -> None:
        """Bring all orders in waves over ``seconds``, or as fast as they are accepted; returns when all are."""
        async with asyncio.TaskGroup() as coming:
            for order in orders:
                await self._gate.acquire()
                coming.create_task(self._bring(order))
                if order.number % _WAVE == _WAVE - 1:
                    await asyncio.sleep(seconds / len(orders) * _WAVE)

    async def _bring(self, order: Order) -> None:
        owner = self._customers[order.owner]
        try:
            made = Made(order, await owner.order(order, self._pieces))
            self._world.made[made.job_id] = made
        except GaveUp as exc:
            self._world.gave_up.append(f"order {order.number}: {exc}")
            return
        finally:
            self._gate.release()
        if order.cancel_after is not None:
            try:
                await self._change_mind(made, owner, order.cancel_after)
            except GaveUp as exc:
                self._world.gave_up.append(f"job {made.job_id}: {exc}")

    async def _change_mind(self, made: Made, owner: Customer, after_seconds: float) -> None:
        self._busy.add(made.job_id)
        await asyncio.sleep(after_seconds)
        made.is_cancelled = await owner.cancel(made.job_id)
        if made.is_cancelled and made.order.wants_it_after_all:
            await asyncio.sleep(after_seconds)
            await owner.retry(made.job_id)
            made.is_cancelled, made.retried = False, made.retried + 1
        self._busy.discard(made.job_id)

    async def persist(self, is_over: Callable[[], bool]) -> None:
        """Edit what has clips, and run again what failed, as often as its owner wants it, until ``is_over``."""
        async with asyncio.TaskGroup() as doing:
            while not is_over():
                for made in await self._editable():
                    self._busy.add(made.job_id)
                    self._edited.add(made.job_id)
                    doing.create_task(self._edit(made))
                for made in await self._disappointing():
                    self._busy.add(made.job_id)
                    doing.create_task(self._again(made))
                await asyncio.sleep(0.5)

    async def satisfied(self) -> bool:
        """Say whether every job has ended and nobody wants one to be edited or run again."""
        unfinished = await db.fetch("SELECT 1 FROM jobs WHERE finished_at IS NULL LIMIT 1")
        wanted = unfinished or self._busy or await self._editable() or await self._disappointing()
        return not wanted

    async def _editable(self) -> list[Made]:
        """Return the jobs whose clips their owners want to edit now."""
        rows = await patiently(lambda: db.fetch(_WITH_CLIPS))
        known = [(self._world.made[row["id"]], row["is_over"]) for row in rows if row["id"] in self._world.made]
        return [
            made
            for made, is_over in known
            if made.order.deeds and (is_over or not made.order.waits) and made.job_id not in self._busy | self._edited
        ]

    async def _edit(self, made: Made) -> None:
        try:
            await deeds.do(self._world, made, self._customers[made.order.owner], Random(made.order.number))
        except GaveUp as exc:
            self._world.gave_up.append(f"clips of job {made.job_id}: {exc}")
        self._busy.discard(made.job_id)

    async def _disappointing(self) -> list[Made]:
        rows = await patiently(lambda: db.fetch("SELECT id FROM jobs WHERE status = 'failed'"))
        failed = [self._world.made[row["id"]] for row in rows if row["id"] in self._world.made]
        return [each for each in failed if each.job_id not in self._busy and each.retried < each.order.retries]

    async def _again(self, made: Made) -> None:
        await asyncio.sleep(self._rng.uniform(0.0, 3.0))
        made.retried += 1
        try:
            if made.order.by_admin:
                await patiently(lambda: self._requeue(made.job_id))
            else:
                await self._customers[made.order.owner].retry(made.job_id)
        except GaveUp as exc:
            self._world.gave_up.append(f"retry of job {made.job_id}: {exc}")
        self._busy.discard(made.job_id)

    async def _requeue(self, job_id: UUID) -> None:
        letters = await db.fetch("SELECT id FROM dead_letters WHERE job_id = $1 AND status = 'open'", job_id)
        for letter in letters:
            try:
                await requeue.requeue(self._world.admin, letter["id"], reason="chaos")
            except Conflict:  # it was done, only the answer did not arrive
                return
            self._world.requeued += 1
