"""``/api/v1/auth``: accounts and sign-ins."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from ...platform.domain import passwords
from ...platform.services import accounts, rate_limits, sessions
from ...platform.services.accounts import Account
from ...platform.services.sessions import Tokens
from ..guards import PUBLIC, Caller, Client
from ..problems import documented

Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254, description="As in name@example.org")]
Password = Annotated[str, msgspec.Meta(min_length=passwords.SHORTEST, max_length=passwords.LONGEST)]


class NewAccount(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who registers."""

    email: Email
    password: Password


class Credentials(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who signs in."""

    email: Annotated[str, msgspec.Meta(max_length=254)]
    password: Annotated[str, msgspec.Meta(max_length=passwords.LONGEST)]


class RefreshToken(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The token to trade for new ones."""

    refresh_token: Annotated[str, msgspec.Meta(max_length=200)]


@post("/auth/register", opt=PUBLIC, tags=["Accounts"], responses=documented(403, 409))
async def register(data: JSONBody[NewAccount], device: Client) -> Account:
    """Make an account; it begins with this server's sign-up credits."""
    return await accounts.register(data.email, data.password, address=device.address)


@post("/auth/login", opt=PUBLIC, status_code=200, tags=["Accounts"], responses=documented(401))
async def login(data: JSONBody[Credentials], device: Client) -> Tokens:
    """Sign in; the access token lives 30 minutes, the refresh token trades for the next pair."""
    account = await accounts.sign_in(data.email, data.password, address=device.address)
    return await sessions.open_tokens(account.id, device)


@post("/auth/refresh", opt=PUBLIC, status_code=200, tags=["Accounts"], responses=documented(401))
async def refresh(data: JSONBody[RefreshToken], device: Client) -> Tokens:
    """Trade a refresh token, once, for new tokens; using a spent one ends the whole sign-in."""
    await rate_limits.take(rate_limits.REFRESH_BY_ADDRESS, device.address)
    return await sessions.refresh(data.refresh_token, device)


@post("/auth/logout", status_code=204, tags=["Accounts"])
async def logout(identity: Caller) -> None:
    """End this sign-in: its access and refresh tokens stop working."""
    await sessions.close(identity)


@get("/auth/me", tags=["Accounts"])
async def me(identity: Caller) -> Account:
    """Return who is signed in."""
    return await accounts.get(identity.user_id)


handlers = (register, login, refresh, logout, me)
