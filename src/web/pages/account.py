"""``/account``: keys and sign-ins; ``/credits``: balance and ledger."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect, Template

from ...platform.errors import BadInput
from ...platform.services import accounts, api_keys, credits, sign_ins
from ...platform.services.api_keys import NewApiKey
from ...platform.services.sessions import Identity
from ..guards import Caller
from . import view

Position = Annotated[str | None, QueryParameter(max_length=200)]
_ENTRIES = 50


class KeyForm(msgspec.Struct, kw_only=True):
    """What the new key is called and may do."""

    name: Annotated[str, msgspec.Meta(max_length=100)]
    access: Literal["read", "write"] = "write"


@get("/account")
async def show(identity: Caller) -> Template:
    """Show the account."""
    return await _page(identity)


@post("/account/keys", status_code=200)
async def create_key(data: URLEncodedBody[KeyForm], identity: Caller) -> Template:
    """Make a key and show it, this once."""
    try:
        made = await api_keys.create(identity, _name(data), _scopes(data), expires_at=None)
    except BadInput as exc:
        return await _page(identity, problem=exc)
    return await _page(identity, made=made)


@post("/account/keys/{key_id:uuid}/delete", status_code=303)
async def delete_key(key_id: FromPath[UUID], identity: Caller) -> Redirect:
    """Make a key useless."""
    await api_keys.delete(identity, key_id)
    return view.see("/account#keys")


@post("/account/sessions/end-others", status_code=303)
async def end_others(identity: Caller) -> Redirect:
    """Sign out everywhere else."""
    await sign_ins.end_others(identity)
    return view.see("/account#sessions")


@get("/credits")
async def ledger(identity: Caller, cursor: Position = None) -> Template:
    """Show the balance and how it came about."""
    found = await credits.entries(identity.user_id, limit=_ENTRIES, cursor=cursor)
    balance = await credits.balance(identity.user_id)
    return view.page("credits", {"balance": balance, "found": found, "is_first": cursor is None})


async def _page(who: Identity, *, made: NewApiKey | None = None, problem: BadInput | None = None) -> Template:
    values = {
        "account": await accounts.get(who.user_id),
        "keys": await api_keys.list_all(who),
        "sign_ins": await sign_ins.list_all(who),
        "made": made,
        "problem": problem,
    }
    return view.page("account", values, status=problem.status if problem else 200)


def _name(data: KeyForm) -> str:
    name = " ".join(data.name.split())
    if not name or not name.isprintable():
        raise BadInput("Give the key a name, so that you know it again.")
    return name


def _scopes(data: KeyForm) -> list[str]:
    return ["read"] if data.access == "read" else ["read", "write"]


handlers = (show, create_key, delete_key, end_others, ledger)
