"""``/admin/users``: everybody's accounts."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Template

from ....platform.domain.roles import Role
from ....platform.errors import BadInput, ReelscribeError
from ....platform.services.overview import users
from ....platform.services.overview.users import Change, Grant, MaxPriority
from ....platform.settings import current
from ...guards import Caller
from .. import view
from . import frame

Text = Annotated[str, QueryParameter(max_length=320)]
Shown = Annotated[str, QueryParameter(name="state", max_length=20)]
Position = Annotated[str | None, QueryParameter(max_length=200)]
_PAGE_SIZE = 50
# Roles and credits are not for operators.
_ADMIN = {"role": "admin"}


class ChangeForm(msgspec.Struct, kw_only=True):
    """What the account may do from now on; an empty ``max_jobs_at_once`` means: as the setting says."""

    role: Role
    max_priority: MaxPriority
    state: Literal["active", "disabled"]
    max_jobs_at_once: Annotated[str, msgspec.Meta(pattern=r"^\d{0,5}$")] = ""
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class GrantForm(msgspec.Struct, kw_only=True):
    """How many credits, and why."""

    amount: Annotated[str, msgspec.Meta(max_length=20)] = ""
    reason: Annotated[str, msgspec.Meta(max_length=300)] = ""


@get("/admin/users")
async def show(q: Text = "", role: Text = "", shown: Shown = "", cursor: Position = None) -> Template:
    """List everybody, newest first."""
    wanted = next((name for name in get_args(Role) if name == role), None)
    disabled = {"disabled": True, "active": False}.get(shown)
    found = await users.list_page(limit=_PAGE_SIZE, cursor=cursor, q=q.strip(), role=wanted, disabled=disabled)
    asked = {"q": q.strip(), "role": role, "state": shown}
    kept = urlencode({name: value for name, value in asked.items() if value})
    values = {"found": found, "asked": asked, "kept": kept, "is_first": cursor is None}
    return await frame.page("users", values, section="/users")


@get("/admin/users/{user_id:uuid}")
async def show_one(user_id: FromPath[UUID], identity: Caller) -> Template:
    """Show one person."""
    return await _page(user_id, identity.user_id)


@post("/admin/users/{user_id:uuid}", status_code=303, opt=_ADMIN)
async def change(user_id: FromPath[UUID], data: URLEncodedBody[ChangeForm], identity: Caller) -> Response[Any]:
    """Change what somebody may do."""
    try:
        await users.change(identity, user_id, _change(data))
    except ReelscribeError as exc:
        return await _page(user_id, identity.user_id, problem=exc)
    return view.see(f"/admin/users/{user_id}")


@post("/admin/users/{user_id:uuid}/credits", status_code=303, opt=_ADMIN)
async def grant(user_id: FromPath[UUID], data: URLEncodedBody[GrantForm], identity: Caller) -> Response[Any]:
    """Give somebody credits."""
    try:
        await users.grant(identity, user_id, Grant(amount=_amount(data.amount), reason=data.reason))
    except ReelscribeError as exc:
        return await _page(user_id, identity.user_id, problem=exc)
    return view.see(f"/admin/users/{user_id}")


async def _page(user_id: UUID, admin_id: UUID, *, problem: ReelscribeError | None = None) -> Template:
    values = {
        "user": await users.get(user_id),
        "is_self": user_id == admin_id,
        "usual_jobs": current().user_jobs_at_once,
        "problem": problem,
    }
    return await frame.page("user", values, section="/users", status=problem.status if problem else 200)


def _change(form: ChangeForm) -> Change:
    if form.max_jobs_at_once and not 1 <= int(form.max_jobs_at_once) <= 10_000:
        raise BadInput("Jobs at once must be 1 to 10000.", hint="Leave it empty for the usual number.")
    return Change(
        role=form.role,
        disabled=form.state == "disabled",
        max_priority=form.max_priority,
        max_jobs_at_once=int(form.max_jobs_at_once) if form.max_jobs_at_once else None,
        reason=form.reason,
    )


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation as exc:
        raise BadInput("Say how many credits, as a number.", hint="For example 60 or 2.50.") from exc


handlers = (show, show_one, change, grant)
