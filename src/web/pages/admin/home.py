"""``/admin``: the overview, kept up to date, and stopping queues and engines."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template

from ....platform.errors import ReelscribeError
from ....platform.services import breakers, controls
from ....platform.services.overview import queues
from ....platform.services.overview.frame import Frame
from ....platform.services.overview.picture import Picture
from ...guards import Caller
from .. import view
from . import frame

# The scarcest first.
_GROUPS = ("engine", "media", "io")

Asked = Request[Any, Any, Any]
Name = Annotated[str, msgspec.Meta(max_length=64)]
Chosen = Annotated[str, QueryParameter(name="name", max_length=64)]


class Stop(msgspec.Struct, kw_only=True):
    """What to stop, how, and why."""

    name: Name
    how: Literal["pause", "drain"] = "pause"
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Named(msgspec.Struct, kw_only=True):
    """A queue or an engine."""

    name: Name


@get("/admin")
async def show(request: Asked) -> Template:
    """Show queues, workers, models, engines and health as they are at this moment."""
    return await frame.page("home", _values(await request.app.state.overview.fresh()), section="")


@get("/admin/live")
async def live(request: Asked) -> Template:
    """Show what changes, as all admins see it now; the page asks for it when the stream says so."""
    return frame.part("live", _values(await request.app.state.overview.now()) | {"is_update": True})


@get("/admin/queues/stop")
async def stop_form(name: Chosen = "all") -> Template:
    """Ask how and why to stop something."""
    return await _form(Stop(name=name))


@post("/admin/queues/stop", status_code=303)
async def stop(data: URLEncodedBody[Stop], identity: Caller) -> Response[Any]:
    """Stop a queue, a group, a priority, an engine, or all."""
    try:
        await queues.pause(identity, data.name, reason=data.reason, drain=data.how == "drain")
    except ReelscribeError as exc:
        return await _form(data, problem=exc)
    return view.see("/admin")


@post("/admin/queues/resume", status_code=303)
async def resume(data: URLEncodedBody[Named], identity: Caller) -> Redirect:
    """Let something run again."""
    await queues.resume(identity, data.name)
    return view.see("/admin")


@post("/admin/queues/resume-all", status_code=303)
async def resume_all(identity: Caller) -> Redirect:
    """Let everything run again."""
    await queues.resume_all(identity)
    return view.see("/admin")


@post("/admin/engines/reset", status_code=303)
async def reset_engine(data: URLEncodedBody[Named], identity: Caller) -> Redirect:
    """Let an engine work again before its rest is over."""
    await breakers.reset(identity, data.name)
    return view.see("/admin")


async def _form(chosen: Stop, *, problem: ReelscribeError | None = None) -> Template:
    values = {"chosen": chosen, "names": controls.names(), "problem": problem}
    return await frame.page("stop", values, section="", status=problem.status if problem else 200)


def _values(seen: Picture) -> dict[str, object]:
    found = seen.queues
    groups = {group: [each for each in found.items if each.group == group] for group in _GROUPS}
    return {
        "seen": seen,
        "groups": groups,
        "by_name": {each.name: each for each in found.stopped},
        "frame": Frame(dead=found.dead.count, stopped=[each.name for each in found.stopped], alerts=seen.alerts),
        "is_update": False,
    }


handlers = (show, live, stop_form, stop, resume, resume_all, reset_engine)
