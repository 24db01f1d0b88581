"""The web process: puts API, pages, streams and files together."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar, Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import ControllerRouterHandler

from ..platform import db, events, redis
from ..platform.resources import data_path
from ..platform.services import pusher
from . import bodies, csrf, files, guards, headers, health, methods, problems, reference
from .api import admin, auth, clip_exports, clips, credits, engines, images, jobs, keys, media, transcripts, uploads
from .pages import routes as pages
from .pages import wording
from .pages.admin import letter_wording
from .streams import handlers as streams
from .streams import overview

Handlers = Sequence[ControllerRouterHandler]

_API: Handlers = (
    *auth.handlers,
    *keys.handlers,
    *credits.handlers,
    *media.handlers,
    *uploads.handlers,
    *engines.handlers,
    *jobs.handlers,
    *transcripts.handlers,
    *clips.handlers,
    *clip_exports.handlers,
    *images.handlers,
    *admin.handlers,
    *streams.handlers,
)
# Browsers follow the same streams with their cookie.
_PAGES: Handlers = (*pages.handlers, *streams.handlers)
# Neither API nor pages: health, metrics, the reference, signed files.
_OPEN: Handlers = (*health.handlers, *files.handlers, reference.openapi)

# Templates ask for ``asset(…)``, whose address changes with the content: an upgrade shows at once.
_STATIC_SECONDS = 3600

# JSON only; uploads set their own limit.
_LARGEST_BODY = 1024 * 1024


def create_app() -> Litestar:
    """Return the application for the settings of this process."""
    return Litestar(
        route_handlers=[_api(), _pages(), _static(), *_OPEN],
        lifespan=[_connections],
        exception_handlers=problems.HANDLERS,
        before_send=[headers.add, methods.correct, health.count],
        csrf_config=csrf.config(),
        template_config=TemplateConfig(instance=_templates()),
        plugins=[bodies.StrictBodies(), reference.ExactTypes()],
        request_max_body_size=_LARGEST_BODY,
        openapi_config=reference.config(),
        logging_config=None,
    )


def _api() -> Router:
    return Router(
        "/api/v1",
        route_handlers=list(_API),
        guards=[guards.bearer],
        before_request=bodies.refuse_other_types,
        dependencies={"identity": Provide(guards.identity), "device": Provide(guards.device)},
    )


def _pages() -> Router:
    return Router(
        "/",
        route_handlers=list(_PAGES),
        guards=[guards.signed_in],
        dependencies={
            "identity": Provide(guards.identity),
            "visitor": Provide(guards.visitor),
            "device": Provide(guards.device),
        },
        include_in_schema=False,
    )


def _static() -> Router:
    return create_static_files_router(
        "/static",
        [data_path("static")],
        cache_control=CacheControlHeader(public=True, max_age=_STATIC_SECONDS),
        opt=guards.PUBLIC,
        include_in_schema=False,
        name="static",
    )


def _templates() -> JinjaTemplateEngine:
    loader = FileSystemLoader(data_path("templates"))
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.globals |= {"asset": _asset, **wording.WORDS, **letter_wording.WORDS}
    environment.filters |= wording.FILTERS | letter_wording.FILTERS
    return JinjaTemplateEngine.from_environment(environment)


@cache
def _asset(name: str) -> str:
    """Return the address of a static file, with the beginning of its SHA-256."""
    content = (data_path("static") / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


@asynccontextmanager
async def _connections(app: Litestar) -> AsyncIterator[None]:
    hub = events.Hub()
    async with AsyncExitStack() as opened:  # what was opened is closed, also when the next does not open
        for start, stop in ((db.start, db.stop), (redis.start, redis.stop), (pusher.start, pusher.stop)):
            await start()
            opened.push_async_callback(stop)
        await hub.start()
        opened.push_async_callback(hub.stop)
        app.state.hub = hub
        app.state.overview = overview.shared()
        yield
