"""The work on an illustration: claimed with a lease, finished or failed once, rescued where a worker was lost.

As with stages, losing a race is no error: every write names the token, and looks at what it changed.
"""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import msgspec

from ... import db
from ...domain import masking
from ...domain.lifecycle import retry_delay
from ...domain.pictures import Picture
from ...errors import LostLease
from ...queue import dispatch, turns
from ...queue.dispatch import Outgoing
from ...queue.tasks import Group, Priority, queue_name
from .. import credits, failure
from ..failure import Failure
from ..stages.rescue import WorkerLost
from .views import ImageError

# The task of the messages; it is no stage.
ILLUSTRATE = "illustrate"
QUEUE = queue_name(Group.IO, Priority.NORMAL)
MOST_ATTEMPTS = 3
TIME_LIMIT = timedelta(minutes=20)
# Of one worker's places for cheap work (``worker._IO_SLOTS``): a slow endpoint must not keep finished jobs waiting.
_AT_ONCE = 2
_BACKOFF, _BACKOFF_CAP = timedelta(seconds=5), timedelta(minutes=5)


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """An image that this worker owns; ``token`` fences every write."""

    id: UUID
    token: UUID
    user_id: UUID
    job_id: UUID | None
    prompt: str
    aspect: str
    attempt: int


def key(image: Claimed) -> str:
    """Return where this attempt's picture is stored: no other attempt writes there."""
    return f"images/{image.user_id.hex}/{image.token.hex}"


def message(image_id: UUID, message_id: UUID, user_id: UUID) -> Outgoing:
    """Return the message that calls a worker."""
    return Outgoing(message_id=message_id, stage_id=image_id, user_id=user_id, task=ILLUSTRATE, queue=QUEUE)


_PAUSED = "EXISTS (SELECT 1 FROM queue_controls c WHERE c.state = 'paused' AND c.name = ANY({}))"
_NAMES = list(turns.names(QUEUE))

_CLAIM = f"""
UPDATE images SET status = 'running', lease_token = gen_random_uuid(), lease_expires_at = now() + $3::interval,
    worker = $2, attempts = attempts + 1
WHERE id = $1 AND status = 'pending' AND due_at <= now() AND NOT {_PAUSED.format("$4::text[]")}
    AND (SELECT count(*) FROM images o WHERE o.status = 'running' AND o.worker = $2) < $5
RETURNING id, lease_token AS token, user_id, job_id, prompt, aspect, attempts AS attempt
"""  # noqa: S608 - constants


async def claim(image_id: UUID, *, worker: str, lease: timedelta) -> Claimed | None:
    """Take the image if it is due; None where somebody has it, it is over, or this worker draws enough already."""
    row = await db.fetch_one(_CLAIM, image_id, worker, lease, _NAMES, _AT_ONCE)
    return None if row is None else Claimed(**dict(row))


async def renew(image: Claimed, *, lease: timedelta) -> bool:
    """Keep the image; False where it is lost."""
    kept = await db.execute(
        "UPDATE images SET lease_expires_at = now() + $3::interval WHERE id = $1 AND lease_token = $2",
        image.id,
        image.token,
        lease,
    )
    return bool(kept)


# The image's end, the ledger's entry and the account's sums, in one statement. ``$3``: whether it is charged.
_END = """
WITH held AS (
    SELECT id, credits_held AS amount FROM images WHERE id = $1 AND lease_token = $2 AND status = 'running' FOR UPDATE
), image AS (
    UPDATE images SET status = CASE WHEN $3 THEN 'ready' ELSE 'failed' END, lease_token = NULL,
        lease_expires_at = NULL, finished_at = now(), credits_held = 0,
        credits_charged = CASE WHEN $3 THEN held.amount ELSE 0 END, error = $4,
        storage_key = $5, content_type = $6, size_bytes = $7, width = $8, height = $9
    FROM held WHERE images.id = held.id RETURNING images.id, images.user_id, images.job_id, held.amount
), account AS (
    UPDATE credit_accounts a SET held = a.held - image.amount,
        balance = a.balance - CASE WHEN $3 THEN image.amount ELSE 0 END
    FROM image WHERE a.user_id = image.user_id RETURNING a.balance, a.held
), entry AS (
    INSERT INTO credit_entries (user_id, image_id, kind, balance_delta, held_delta, note)
    SELECT user_id, id, CASE WHEN $3 THEN 'capture' ELSE 'release' END, CASE WHEN $3 THEN -amount ELSE 0 END, -amount,
        'illustration' FROM image
)
SELECT image.user_id, image.job_id, account.balance, account.held FROM image, account
"""


async def finish(image: Claimed, about: Picture, *, size: int) -> None:
    """Charge the picture that lies at ``key(image)``, of ``size`` bytes.

    Raises:
        LostLease: another worker has the image, or it is over; nothing was written.
    """
    await _end(image, None, key(image), about.content_type, size, about.width, about.height)


async def fail(image: Claimed, failed: Failure) -> None:
    """Have the image drawn again later, or end it and free its credits.

    Raises:
        LostLease: another worker has the image, or it is over; nothing was written.
    """
    told = _problem(failed)
    if failed.permanent or image.attempt >= MOST_ATTEMPTS:
        await _end(image, told, None, None, None, None, None)
        return
    delay = retry_delay(
        image.attempt,
        base=_BACKOFF,
        cap=_BACKOFF_CAP,
        jitter=random.random(),  # noqa: S311 - spreads load, guards nothing
        asked=failed.retry_after,
    )
    if not await db.execute(_WAIT, image.id, image.token, delay, 0, told):
        raise LostLease


async def release(image: Claimed) -> None:
    """Give the image back because this worker stops; it costs no attempt."""
    async with db.transaction():
        row = await db.fetch_one(f"{_WAIT} RETURNING message_id", image.id, image.token, timedelta(0), 1, None)
        if row is not None:
            dispatch.offer([message(image.id, row["message_id"], image.user_id)])


# A new message: the old one may still be unacknowledged in Redis, which then would not take it again.
_WAIT = """
UPDATE images SET status = 'pending', lease_token = NULL, lease_expires_at = NULL, worker = NULL,
    due_at = now() + $3::interval, message_id = gen_random_uuid(), attempts = attempts - $4, error = coalesce($5, error)
WHERE id = $1 AND lease_token = $2 AND status = 'running'
"""


async def _end(image: Claimed, error: str | None, *picture: object) -> None:
    async with db.transaction():
        row = await db.fetch_one(_END, image.id, image.token, error is None, error, *picture)
        if row is None:
            raise LostLease
        credits.tell(row["user_id"], row["job_id"], balance=row["balance"], held=row["held"])


def _problem(failed: Failure) -> str:
    error = failed.error
    told = ImageError(code=error.code, message=_shown(error.message), hint=_shown(error.hint))
    return msgspec.json.encode(told).decode()


def _shown(text: str) -> str:
    # PostgreSQL's text cannot hold NUL; and what quotes a secret must not be kept.
    return masking.masked(text.replace("\x00", "\ufffd"))


async def rescue_expired() -> int:
    """Take images from workers whose lease ran out; returns how many. Run by the scheduler."""
    rows = await db.fetch(
        "SELECT id, lease_token AS token, user_id, job_id, prompt, aspect, attempts AS attempt FROM images"
        " WHERE status = 'running' AND lease_expires_at < now() ORDER BY lease_expires_at LIMIT 100"
    )
    return sum([await _rescue(Claimed(**dict(row))) for row in rows])


async def _rescue(image: Claimed) -> bool:
    """Fail the attempt; False where the worker has come back meanwhile."""
    async with db.transaction():
        still = await db.fetch_one(
            "SELECT 1 FROM images WHERE id = $1 AND lease_token = $2 AND lease_expires_at < now() FOR UPDATE",
            image.id,
            image.token,
        )
        if still is None:
            return False
        await fail(image, failure.of(WorkerLost()))
    return True


async def offer_due(*, older_than: timedelta = timedelta(0), limit: int = 500) -> int:
    """Send the messages of images that are due and that Redis does not have; returns 0, as that mends nothing.

    Run by the scheduler, and by a worker that has a place again. Redis takes a message that it knows only once.
    """
    rows = await db.fetch(
        f"SELECT id, message_id, user_id FROM images WHERE status = 'pending' AND due_at <= now() - $1::interval"  # noqa: S608
        f" AND NOT {_PAUSED.format('$2::text[]')} ORDER BY due_at LIMIT $3",
        older_than,
        _NAMES,
        limit,
    )
    gone = set(await dispatch.lost([(QUEUE, row["message_id"]) for row in rows]))
    dispatch.offer([message(row["id"], row["message_id"], row["user_id"]) for row in rows if row["message_id"] in gone])
    return 0
