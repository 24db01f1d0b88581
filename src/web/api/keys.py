"""``/api/v1/keys``: API keys for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from ...platform.errors import BadInput
from ...platform.services import api_keys
from ...platform.services.api_keys import ApiKey, NewApiKey
from ...platform.services.sessions import ACCOUNT
from ..guards import Caller

Scope = Literal["read", "write", "account", "admin"]

# Keys make keys: a key that may only read and write must not widen its own power.
_ACCOUNT_ONLY = {"scope": ACCOUNT}

# Something to see, and no control characters.
_NAME = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"


class KeyRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the new key is called and may do."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=_NAME)]
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=4)] = msgspec.field(
        default_factory=lambda: ["read", "write"]
    )
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class KeyList(msgspec.Struct, kw_only=True):
    """All keys of the user, newest first."""

    items: list[ApiKey]
    next_cursor: None = None


@get("/keys", opt=_ACCOUNT_ONLY, tags=["API keys"])
async def list_keys(identity: Caller) -> KeyList:
    """List the keys, without their secrets."""
    return KeyList(items=await api_keys.list_all(identity))


@post("/keys", opt=_ACCOUNT_ONLY, tags=["API keys"])
async def create_key(data: JSONBody[KeyRequest], identity: Caller) -> NewApiKey:
    """Make a key; ``key`` is shown this once."""
    return await api_keys.create(identity, data.name.strip(), data.scopes, expires_at=_usable(data.expires_at))


def _usable(expires_at: datetime | None) -> datetime | None:
    if expires_at is None:
        return None
    try:
        moment = expires_at.astimezone(UTC)
    except OverflowError as exc:
        raise BadInput("This time is beyond the calendar.", errors=[_expiry("is too late")]) from exc
    if moment <= datetime.now(UTC):
        raise BadInput("The key would have expired already.", errors=[_expiry("is past")])
    return moment


def _expiry(message: str) -> dict[str, str]:
    return {"field": "expires_at", "message": message}


@delete("/keys/{key_id:uuid}", opt=_ACCOUNT_ONLY, tags=["API keys"])
async def delete_key(key_id: FromPath[UUID], identity: Caller) -> None:
    """Make a key useless, at once."""
    await api_keys.delete(identity, key_id)


handlers = (list_keys, create_key, delete_key)
