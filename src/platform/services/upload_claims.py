"""Who may complete or clean up an upload: one at a time, for as long as a lease in its row lasts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from .. import db
from ..errors import Conflict

LIFETIME = timedelta(hours=24)
_LEASE = timedelta(seconds=60)
_RENEW_EVERY = timedelta(seconds=15)


class Lease:
    """The right to complete one upload, kept alive while the work goes on."""

    def __init__(self, row: db.Row) -> None:
        self.storage_upload: str = row["storage_upload"]
        self._id: UUID = row["id"]
        self._until: datetime = row["expires_at"]
        self._over: datetime = row["created_at"] + LIFETIME
        self._changing = asyncio.Lock()

    async def renew_for_ever(self) -> None:
        """Move the end of the lease on, until it is somebody else's."""
        while True:
            await asyncio.sleep(_RENEW_EVERY.total_seconds())
            if not await self._renew(datetime.now(UTC) + _LEASE):
                return

    async def settle(self, media_id: UUID) -> None:
        """Say what came of it, in the surrounding transaction; ``Conflict`` when the lease is lost."""
        async with self._changing:
            settled = await self._change("status = 'completed', media_id = $3", media_id)
        if not settled:
            raise Conflict("Another request completes this upload.", hint="Ask for it again in a minute.")

    async def release(self) -> None:
        """Let others complete it, from the parts that are there now."""
        values = "status = 'open', expires_at = $3, storage_upload = $4"
        async with self._changing:
            await self._change(values, self._over, self.storage_upload)

    async def _renew(self, until: datetime) -> bool:
        async with self._changing:
            renewed = bool(await self._change("expires_at = $3", until))
            if renewed:
                self._until = until
            return renewed

    async def _change(self, values: str, *args: object) -> int:
        sql = f"UPDATE uploads SET {values} WHERE id = $1 AND status = 'completing' AND expires_at = $2"  # noqa: S608 - constants
        return await db.execute(sql, self._id, self._until, *args)


async def claim(user_id: UUID, upload_id: UUID) -> db.Row | None:
    """Claim an upload that is open, or whose lease ran out; None when it is neither."""
    now = datetime.now(UTC)
    return await db.fetch_one(
        "UPDATE uploads SET status = 'completing', expires_at = $3 WHERE id = $1 AND user_id = $2"
        " AND storage_upload <> '' AND ((status = 'open' AND expires_at > $4)"
        " OR (status = 'completing' AND expires_at <= $4)) RETURNING *",
        upload_id,
        user_id,
        now + _LEASE,
        now,
    )


async def claim_expired(now: datetime) -> db.Row | None:
    """Claim the upload that expired first; None when there is none left."""
    return await db.fetch_one(
        "UPDATE uploads SET status = 'completing', expires_at = $2 WHERE id = ("
        "SELECT id FROM uploads WHERE status IN ('open', 'completing') AND expires_at <= $1"
        " ORDER BY expires_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *",
        now,
        now + _LEASE,
    )
