"""``Idempotency-Key``: the same request sent twice is done once and gets the same answer.

Source: draft-ietf-httpapi-idempotency-key-header-07. Requests with one key that run at the same time wait
for the first (on the key's unique row), so fifty parallel ones make one job.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from .. import db
from ..errors import BadInput


class KeyReused(BadInput):
    """This Idempotency-Key was used before with another request."""

    code = "idempotency_key_reused"
    hint = "Use a fresh key for each new request; repeat a key only with exactly the same body."


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A stored answer: HTTP status and JSON body."""

    status: int
    body: bytes


async def once(
    user_id: UUID, key: str, *, request: bytes, status: int, action: Callable[[], Awaitable[object]]
) -> Answer:
    """Run ``action`` and store its answer, or return the answer stored for ``key``.

    ``request`` is all that makes the request what it is (method, path, body). An action that raises
    leaves no trace, so its key can be used again.

    Raises:
        KeyReused: the key belongs to another request.
    """
    if not 1 <= len(key) <= 255:
        raise BadInput("Idempotency-Key must have 1 to 255 characters")
    print_of_request = hashlib.sha256(request).hexdigest()
    async with db.transaction():
        if await _reserve(user_id, key, print_of_request):
            body = msgspec.json.encode(await action())
            await _keep(user_id, key, status, body)
            return Answer(status=status, body=body)
        return await _known(user_id, key, print_of_request)


async def forget_old() -> int:
    """Delete keys of more than a day ago; returns how many."""
    return await db.execute("DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'")


async def _reserve(user_id: UUID, key: str, print_of_request: str) -> bool:
    return bool(
        await db.execute(
            "INSERT INTO idempotency_keys (user_id, key, fingerprint) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            user_id,
            key,
            print_of_request,
        )
    )


async def _keep(user_id: UUID, key: str, status: int, body: bytes) -> None:
    await db.execute(
        "UPDATE idempotency_keys SET response_status = $3, response = $4 WHERE user_id = $1 AND key = $2",
        user_id,
        key,
        status,
        body.decode(),
    )


async def _known(user_id: UUID, key: str, print_of_request: str) -> Answer:
    row = await db.fetch_one(
        "SELECT fingerprint, response_status, response FROM idempotency_keys WHERE user_id = $1 AND key = $2",
        user_id,
        key,
    )
    if row is None or row["fingerprint"] != print_of_request:
        raise KeyReused
    return Answer(status=row["response_status"], body=row["response"].encode())
