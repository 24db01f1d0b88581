"""Help with a long transcription that another worker coordinates: do one piece, then be free again."""

from __future__ import annotations

import asyncio
from uuid import UUID

from ..platform import logs
from ..platform.engines import registry
from ..platform.services import chunks
from . import identity, interrupts, leases, piece
from .piece import Engines
from .report import Report

log = logs.get("worker")


async def perform(stage_id: UUID, engines: Engines = registry.get) -> None:
    """Do one piece that nobody holds; nothing where there is none any more.

    Whatever goes wrong here costs the job nothing: the piece is free again, and its coordinator does it.
    """
    chunk = await chunks.claim(stage_id, worker=identity.NAME, lease=leases.length(), owner=None)
    if chunk is None:
        return
    task = asyncio.ensure_future(piece.do(chunk, Report(chunk), engines))
    with interrupts.by_shutdown(task):
        await asyncio.wait([task])
    failed = None if task.cancelled() else task.exception()
    if failed is not None:
        log.warning(
            "assist_failed", job_id=str(chunk.job_id), piece=chunk.position, error=repr(failed), exc_info=failed
        )
