"""``/register``, ``/login``, ``/logout``."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter, URLEncodedBody
from litestar.response import Redirect

from ...platform.domain import passwords
from ...platform.errors import ReelscribeError
from ...platform.services import accounts, sessions
from ...platform.services.accounts import Account
from ...platform.services.sessions import Device, Identity
from ...platform.settings import current
from .. import headers
from ..guards import PUBLIC, SESSION_COOKIE, Client, Visitor
from . import targets, view

Next = Annotated[str, QueryParameter(name="next", max_length=2000)]


class Form(msgspec.Struct, kw_only=True):
    """What both forms send; ``next`` is where to go then."""

    email: Annotated[str, msgspec.Meta(max_length=254)]
    password: Annotated[str, msgspec.Meta(max_length=1000)]
    next: str = ""


@get("/register", opt=PUBLIC)
async def register_form(visitor: Visitor, target: Next = "") -> Response[Any]:
    """Show the form for a new account."""
    return _form("register", visitor, target)


@get("/login", opt=PUBLIC)
async def login_form(visitor: Visitor, target: Next = "") -> Response[Any]:
    """Show the form for signing in."""
    return _form("login", visitor, target)


@post("/register", opt=PUBLIC, status_code=303)
async def register(data: URLEncodedBody[Form], device: Client) -> Response[Any]:
    """Make an account and sign in."""
    try:
        account = await accounts.register(data.email, data.password, address=device.address)
    except ReelscribeError as exc:
        return _again("register", data, exc)
    return await _signed_in(account, device, data.next)


@post("/login", opt=PUBLIC, status_code=303)
async def login(data: URLEncodedBody[Form], device: Client) -> Response[Any]:
    """Sign in."""
    try:
        account = await accounts.sign_in(data.email, data.password, address=device.address)
    except ReelscribeError as exc:
        return _again("login", data, exc)
    return await _signed_in(account, device, data.next)


@post("/logout", status_code=303)
async def logout(request: Request[Any, Any, Any]) -> Redirect:
    """End this browser's sign-in."""
    await sessions.close_page(request.cookies.get(SESSION_COOKIE, ""))
    answer = view.see("/")
    answer.set_cookie(headers.no_session_cookie())
    return answer


def _form(name: str, visitor: Identity | None, target: str) -> Response[Any]:
    if visitor is not None:
        return view.see(targets.safe(target))
    return view.page(name, _values("", target, None))


def _again(name: str, data: Form, problem: ReelscribeError) -> Response[Any]:
    return view.page(name, _values(data.email, data.next, problem), status=problem.status)


def _values(email: str, target: str, problem: ReelscribeError | None) -> dict[str, object]:
    return {
        "email": email,
        "next": targets.safe(target),
        "problem": problem,
        "signup": current().allow_signup,
        "shortest": passwords.SHORTEST,
    }


async def _signed_in(account: Account, device: Device, target: str) -> Redirect:
    answer = view.see(targets.safe(target))
    answer.set_cookie(headers.session_cookie(await sessions.open_page(account.id, device)))
    return answer


handlers = (register_form, login_form, register, login, logout)
