"""Draw one illustration: claim it, have it drawn while a heartbeat keeps the lease, report exactly one outcome.

Steps: 1. Claim, or go home. 2. Ask the image endpoint. 3. Store the picture under a key of this attempt's own.
4. Charge it; where the lease was lost meanwhile, delete the picture again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from ..platform import logs, storage
from ..platform.domain import illustrations
from ..platform.engines import flux
from ..platform.engines.flux import Drawn, Order
from ..platform.errors import LostLease, TimeLimitReached, Unavailable, WorkerStopping
from ..platform.services import failure, images
from ..platform.services.images import Claimed
from ..platform.services.images.work import TIME_LIMIT
from ..platform.settings import current
from . import identity, interrupts, leases
from .patience import patiently

log = logs.get("worker")

_CHUNK_BYTES = 1024**2


async def perform(image_id: UUID) -> None:
    """Run one delivery from claim to outcome."""
    image = await images.claim(image_id, worker=identity.NAME, lease=leases.length())
    if image is None:
        return
    task = asyncio.ensure_future(_draw(image))
    heartbeat = asyncio.create_task(_beat(image, task))
    try:
        with interrupts.by_shutdown(task):
            await _to_outcome(image, task)
    except LostLease:
        log.info("image_lost", image_id=str(image.id))
    finally:
        await leases.end(heartbeat)
    if not interrupts.stopping():
        await _call_next()


async def _draw(image: Claimed) -> None:
    width, height = illustrations.SIZES[image.aspect]  # type: ignore[index]  # a CHECK keeps the column to these
    seed = illustrations.seed(image.id.int)
    order = Order(prompt=image.prompt, width=width, height=height, seed=seed, key=str(image.id))
    drawn = await flux.draw(order, current())
    await storage.current().put(images.key(image), _chunks(drawn))
    try:
        await patiently(lambda: images.finish(image, drawn.about, size=len(drawn.content)))
    except LostLease:
        await storage.current().delete(images.key(image))
        raise


async def _chunks(drawn: Drawn) -> AsyncIterator[bytes]:
    for start in range(0, len(drawn.content), _CHUNK_BYTES):
        yield drawn.content[start : start + _CHUNK_BYTES]


async def _to_outcome(image: Claimed, task: asyncio.Task[None]) -> None:
    try:
        await _result(task)
    except WorkerStopping:
        await images.release(image)
    except LostLease:
        raise
    except Exception as exc:  # the boundary: whatever went wrong becomes a failed attempt
        log.warning("image_failed", image_id=str(image.id), error=repr(exc), exc_info=exc)
        failed = failure.of(exc)
        await patiently(lambda: images.fail(image, failed))


async def _result(task: asyncio.Task[None]) -> None:
    limit = asyncio.timeout(TIME_LIMIT.total_seconds())
    try:
        async with limit:
            await task
    except TimeoutError as exc:
        if limit.expired():
            raise TimeLimitReached(hint="Ask your administrator to look at the image endpoint.") from exc
        raise
    except asyncio.CancelledError:
        raise (WorkerStopping if interrupts.stopping() else LostLease) from None


async def _beat(image: Claimed, task: asyncio.Task[None]) -> None:
    """Renew the lease until told to end; cancel the work once another worker or nobody owns the image."""
    while True:
        await asyncio.sleep(leases.beat().total_seconds())
        try:
            kept = await images.renew(image, lease=leases.length())
        except Unavailable as exc:
            log.warning("lease_not_renewed", image_id=str(image.id), error=str(exc))
            continue
        if not kept:
            task.cancel()
            return


async def _call_next() -> None:
    """Send for what this worker had no place for; the scheduler does so too, a little later."""
    try:
        await images.offer_due(limit=2)
    except Unavailable as exc:
        log.warning("image_not_called", error=str(exc))
