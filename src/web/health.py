"""``/health`` and ``/metrics``: for balancers and monitoring, open to all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from litestar import Response, route
from litestar.enums import ScopeType
from litestar.openapi import ResponseSpec
from litestar.types import Message, Scope
from prometheus_client import CONTENT_TYPE_LATEST, Counter

from ..platform.services import health as checks
from ..platform.services import measures
from ..platform.services.health import Health
from . import metrics as figures
from .guards import PUBLIC

_RESPONSES = Counter("reelscribe_http_responses", "Responses by route and status", ["method", "route", "status"])

# Many load balancers ask with HEAD.
_ASKED: Sequence[Literal["GET", "HEAD"]] = ("GET", "HEAD")


class Alive(msgspec.Struct, kw_only=True):
    """The process answers."""

    status: str = "ok"


@route("/health/live", http_method=_ASKED, opt=PUBLIC, tags=["Health"], sync_to_thread=False)
def live() -> Alive:
    """Say that the process answers; asks nothing else."""
    return Alive()


_NOT_READY = ResponseSpec(Health, generate_examples=False, description="One of them does not answer")


@route(["/health", "/health/ready"], http_method=_ASKED, opt=PUBLIC, tags=["Health"], responses={503: _NOT_READY})
async def ready() -> Response[Health]:
    """Say whether PostgreSQL, Redis and the storage answer: 200, else 503."""
    health = await checks.check()
    return Response(health, status_code=200 if health.is_ready else 503)


@route("/metrics", http_method=_ASKED, opt=PUBLIC, media_type="text/plain", include_in_schema=False)
async def metrics() -> Response[bytes]:
    """Return the figures of this process and of the platform in Prometheus' text format."""
    content = figures.text(await measures.current())
    # As a header: to a media type of text Litestar would add the charset once more.
    return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def count(message: Message, scope: Scope) -> None:
    """Count a response by its route, never by its address: addresses are unbounded."""
    if message["type"] == "http.response.start" and scope["type"] == ScopeType.HTTP:
        route = scope.get("path_template") or "none"
        _RESPONSES.labels(scope["method"], route, message["status"]).inc()


handlers = (live, ready, metrics)
