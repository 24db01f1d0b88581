"""``/api/v1/admin/queues``: what waits where, and stopping it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from ....platform.services.controls import Stopped
from ....platform.services.overview import queues
from ....platform.services.overview.queues import Queues
from ...guards import Caller
from ...problems import documented

Name = FromPath[str]


class Pause(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Why it stops. With ``drain`` it takes no new jobs and finishes those that are there."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    drain: bool = False


class Resumed(msgspec.Struct, kw_only=True):
    """The names of what was stopped and runs again; empty where nothing was."""

    resumed: list[str]


@get("/admin/queues", tags=["Administration"])
async def list_queues() -> Queues:
    """List all queues: depth, oldest age, rates per minute, workers, and what is stopped."""
    return await queues.look()


@post("/admin/queues/{name:str}/pause", status_code=200, tags=["Administration"], responses=documented(404))
async def pause(name: Name, data: JSONBody[Pause], identity: Caller) -> Stopped:
    """Stop a queue (`engine.high`), a group (`engine`), a priority (`high`), an engine (`engine:local`) or `all`.

    Jobs wait and lose nothing; what runs already runs on. Doing it again changes the reason.
    """
    return await queues.pause(identity, name, reason=data.reason, drain=data.drain)


@post("/admin/queues/{name:str}/resume", status_code=200, tags=["Administration"], responses=documented(404))
async def resume(name: Name, identity: Caller) -> Resumed:
    """Let it run again; doing it again changes nothing."""
    return Resumed(resumed=[name] if await queues.resume(identity, name) else [])


@post("/admin/queues/resume", status_code=200, tags=["Administration"])
async def resume_all(identity: Caller) -> Resumed:
    """Let everything run again that is stopped."""
    return Resumed(resumed=await queues.resume_all(identity))


handlers = (list_queues, pause, resume, resume_all)
