"""``/api/v1/admin/health``: how the installation is, in words."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from ....platform.services import alerts, breakers
from ....platform.services.alerts import Alert
from ....platform.services.overview import engines, health
from ....platform.services.overview.engines import EngineView
from ....platform.services.overview.health import HealthView
from ...guards import Caller
from ...problems import documented


class EngineList(msgspec.Struct, kw_only=True):
    """All engines of this server."""

    items: list[EngineView]
    next_cursor: None = None


class AlertList(msgspec.Struct, kw_only=True):
    """What is worth an alert now, the most urgent kind first; each ``message`` says what to do."""

    items: list[Alert]
    next_cursor: None = None


class Reset(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why; for the audit log."""

    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


@get("/admin/health", tags=["Administration"])
async def check() -> HealthView:
    """Say what is well and what is not, each with what to do."""
    return await health.look()


@get("/admin/alerts", tags=["Administration"])
async def list_alerts() -> AlertList:
    """List what an administrator should know now: deserted queues, resting engines, failures that grow or grow old."""
    return AlertList(items=await alerts.current())


@get("/admin/engines", tags=["Administration"])
async def list_engines() -> EngineList:
    """List all engines with the state of their circuit breakers."""
    return EngineList(items=await engines.look())


@post("/admin/engines/{name:str}/reset", status_code=200, tags=["Administration"], responses=documented(404))
async def reset(name: FromPath[str], data: JSONBody[Reset], identity: Caller) -> EngineList:
    """Close an engine's circuit breaker: it gets work again at once; doing it again changes nothing."""
    await breakers.reset(identity, name, reason=data.reason)
    return EngineList(items=await engines.look())


handlers = (check, list_alerts, list_engines, reset)
