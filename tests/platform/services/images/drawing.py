"""An image endpoint for the tests, and steps that they share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from reelscribe.platform import db
from reelscribe.platform.services import images
from reelscribe.platform.services.images import Claimed, ImageView, NewImage
from reelscribe.platform.settings import current

from tests.platform.services.factories import identity, job
from tests.stand_ins import flux

LEASE = timedelta(seconds=20)


@contextmanager
def endpoint() -> Iterator[flux.Server]:
    """Run a stand-in that the settings of this process name."""
    with flux.serving() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELSCRIBE_FLUX_ENDPOINT", f"{server.url}/draw")
        patch.setenv("REELSCRIBE_FLUX_TOKEN", server.token)
        current.cache_clear()
        yield server
    current.cache_clear()


async def order(user_id: UUID, *, job_id: UUID | None = None) -> ImageView:
    """An image as the API would accept it, of a job that is made for it."""
    job_id = job_id or (await job(user_id)).id
    return await images.create(identity(user_id), NewImage(job_id=job_id))


async def claim(image_id: UUID, *, worker: str = "w1") -> Claimed:
    """Take an image that waits, whenever it is due."""
    await db.execute("UPDATE images SET due_at = now() WHERE id = $1 AND status = 'pending'", image_id)
    claimed = await images.claim(image_id, worker=worker, lease=LEASE)
    assert claimed is not None
    return claimed


async def expire(image_id: UUID) -> None:
    """Let the worker that has the image be silent for too long."""
    await db.execute(
        "UPDATE images SET lease_expires_at = now() - interval '1 s' WHERE id = $1 AND status = 'running'", image_id
    )


async def assert_balanced(user_id: UUID) -> None:
    """The account equals its ledger, and what is held is what unfinished jobs and images hold."""
    row = await db.fetch_one(
        "SELECT a.balance, a.held, (SELECT sum(balance_delta) FROM credit_entries WHERE user_id = $1) AS balance_sum,"
        " (SELECT sum(held_delta) FROM credit_entries WHERE user_id = $1) AS held_sum,"
        " (SELECT coalesce(sum(credits_held), 0) FROM images WHERE user_id = $1) +"
        " (SELECT coalesce(sum(credits_held), 0) FROM jobs WHERE user_id = $1) AS holds"
        " FROM credit_accounts a WHERE a.user_id = $1",
        user_id,
    )
    assert row is not None
    assert (row["balance"], row["held"]) == (row["balance_sum"], row["held_sum"])
    assert 0 <= row["held"] == row["holds"] <= row["balance"]
