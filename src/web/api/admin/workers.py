"""``/api/v1/admin/workers``: who works on what."""

from __future__ import annotations

from litestar import get

from ....platform.services.overview import workers
from ....platform.services.overview.workers import Workers


@get("/admin/workers", tags=["Administration"])
async def list_workers() -> Workers:
    """List all workers: alive, what they do, since when, memory, and the models that they hold."""
    return await workers.look()


handlers = (list_workers,)
