"""The header that makes a creating request safe to send again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.params import HeaderParameter

from ...platform.services import idempotency
from ...platform.services.sessions import Identity

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The same key with the same body has its effect once, however often it is sent",
    ),
]


class _Made(msgspec.Struct):
    id: UUID


async def once(
    request: Request[Any, Any, Any],
    who: Identity,
    key: str | None,
    action: Callable[[], Awaitable[object]],
    *,
    status: int,
    location: str,
) -> Response[Any]:
    """Answer with what ``action`` made, once per ``key``; its id stands in ``location`` for ``{id}``.

    Raises:
        KeyReused: the key belongs to another request.
    """
    if key is None:
        body = msgspec.json.encode(await action())
    else:
        asked = f"{request.method} {request.url.path}\n".encode() + await request.body()
        body = (await idempotency.once(who.user_id, key, request=asked, status=status, action=action)).body
    made = msgspec.json.decode(body, type=_Made)
    headers = {"Location": location.format(id=made.id)}
    return Response(body, status_code=status, media_type="application/json", headers=headers)
