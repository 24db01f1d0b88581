"""Who may use a route. Every route has one of these guards or is marked ``opt=PUBLIC``."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers.base import BaseRouteHandler

from ..platform.domain.roles import Role, at_least, is_staff
from ..platform.errors import Forbidden, Unauthenticated
from ..platform.services import credentials, sessions
from ..platform.services.sessions import Device, Identity

PUBLIC = {"public": True}
SESSION_COOKIE = "reelscribe_session"

# How handlers ask for them: ``identity: Caller``, ``visitor: Visitor``, ``device: Client``.
Caller = NamedDependency[Identity]
Visitor = NamedDependency[Identity | None]
Client = NamedDependency[Device]

Connection = ASGIConnection[Any, Any, Any, Any]
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def bearer(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let in who sends an access token or an API key with the scope that the method needs.

    A cookie is never looked at here: the API needs no protection against forged requests.
    """
    if handler.opt.get("public"):
        return
    scheme, _, credential = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise Unauthenticated
    identity = await credentials.identify(credential.strip())
    _require(identity, handler.opt.get("scope") or _scope_of(connection))
    connection.scope["user"] = identity


async def signed_in(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let in who has a page session; on a public page, find out who it is, if anyone."""
    try:
        connection.scope["user"] = await _of_cookie(connection)
    except Unauthenticated:
        if not handler.opt.get("public"):
            raise
        connection.scope["user"] = None


async def staff(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let in who may do this in the admin area; stands behind one of the guards above.

    Looking needs a viewer and acting an operator, unless the route asks for more by ``opt={"role": …}``.
    """
    role = connection.scope["user"].role
    if not is_staff(role):
        raise Forbidden("This needs an administrator.")
    needed: Role = handler.opt.get("role") or ("viewer" if connection.scope.get("method") in _SAFE else "operator")
    if not at_least(role, needed):
        raise Forbidden(f"Your role '{role}' does not allow this; it needs '{needed}'.", required_role=needed)


async def identity(request: Request[Any, Any, Any]) -> Identity:
    """Return who makes the request; for handlers behind a guard."""
    found: Identity = request.scope["user"]
    return found


async def visitor(request: Request[Any, Any, Any]) -> Identity | None:
    """Return who looks at a public page, None for a stranger."""
    found: Identity | None = request.scope["user"]
    return found


async def device(request: Request[Any, Any, Any]) -> Device:
    """Return where the request comes from."""
    return Device(user_agent=request.headers.get("user-agent", ""), address=address(request))


def address(connection: Connection) -> str:
    """Return the network address of the client, empty on a Unix socket."""
    return connection.client.host if connection.client else ""


async def _of_cookie(connection: Connection) -> Identity:
    token = connection.cookies.get(SESSION_COOKIE)
    if not token:
        raise Unauthenticated
    session = await sessions.of_page(token)
    connection.scope["state"]["prolong"] = token if session.prolonged else None
    return session.identity


def _scope_of(connection: Connection) -> str:
    return sessions.READ if connection.scope.get("method") in _SAFE else sessions.WRITE


def _require(identity: Identity, scope: str) -> None:
    if scope not in identity.scopes:
        raise Forbidden(
            f"This API key lacks the scope '{scope}'.", hint="Make a key that has it.", required_scope=scope
        )
