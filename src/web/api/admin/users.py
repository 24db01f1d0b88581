"""``/api/v1/admin/users``: everybody's accounts."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from ....platform.domain.roles import Role
from ....platform.services import idempotency
from ....platform.services.overview import users
from ....platform.services.overview.users import Change, Grant, UserPage, UserView
from ...guards import Caller
from ...problems import documented
from ..paging import Cursor, Limit
from ..repeats import IdempotencyKey

# Roles and credits are not for operators.
_ADMIN = {"role": "admin"}
Query = Annotated[str, QueryParameter(max_length=320, description="Part of the e-mail address, or the id")]


@get("/admin/users", tags=["Administration"])
async def list_users(
    limit: Limit = 50,
    cursor: Cursor = None,
    q: Query = "",
    role: FromQuery[Role | None] = None,
    disabled: FromQuery[bool | None] = None,
) -> UserPage:
    """List everybody, newest first."""
    return await users.list_page(limit=limit, cursor=cursor, q=q, role=role, disabled=disabled)


@get("/admin/users/{user_id:uuid}", tags=["Administration"])
async def get_user(user_id: FromPath[UUID]) -> UserView:
    """Return one person."""
    return await users.get(user_id)


@patch("/admin/users/{user_id:uuid}", tags=["Administration"], opt=_ADMIN, responses=documented(404, 409))
async def change_user(user_id: FromPath[UUID], data: JSONBody[Change], identity: Caller) -> UserView:
    """Change what somebody may do; what is left out stays. A disabled user is signed out, their jobs go on."""
    return await users.change(identity, user_id, data)


@post("/admin/users/{user_id:uuid}/credits", tags=["Administration"], opt=_ADMIN, responses=documented(404))
async def grant_credits(
    request: Request[Any, Any, Any],
    user_id: FromPath[UUID],
    data: JSONBody[Grant],
    identity: Caller,
    idempotency_key: IdempotencyKey = None,
) -> Response[UserView]:
    """Give somebody credits; their ledger shows the reason."""
    if idempotency_key is None:
        return Response(await users.grant(identity, user_id, data), status_code=201)
    answer = await idempotency.once(
        identity.user_id,
        idempotency_key,
        request=f"POST /api/v1/admin/users/{user_id}/credits\n".encode() + await request.body(),
        status=201,
        action=lambda: users.grant(identity, user_id, data),
    )
    stored: Response[Any] = Response(answer.body, status_code=answer.status, media_type="application/json")
    return stored


handlers = (list_users, get_user, change_user, grant_credits)
