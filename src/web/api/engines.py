"""``/api/v1/engines``."""

from __future__ import annotations

from litestar import get

from ...platform.services import engines
from ...platform.services.engines import EnginePage


@get("/engines", tags=["Jobs"], sync_to_thread=False)
def list_engines() -> EnginePage:
    """List the speech engines that a job may name, and what each can do on this server."""
    return EnginePage(items=engines.offered())


handlers = (list_engines,)
