"""Illustrations from message to picture, against an image endpoint that behaves and one that does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from reelscribe.actors import illustrate, leases
from reelscribe.platform import db, storage
from reelscribe.platform.services import images, orphans

from tests.platform.services.images import drawing
from tests.platform.services.images.drawing import assert_balanced, order
from tests.stand_ins import flux
from tests.stand_ins.flux import Fault

pytestmark = pytest.mark.usefixtures("database", "redis")


@pytest.fixture
def service() -> Iterator[flux.Server]:
    with drawing.endpoint() as server:
        yield server


async def attempt(image_id) -> None:
    """Deliver a message when the image is due."""
    await db.execute("UPDATE images SET due_at = now() WHERE id = $1 AND status = 'pending'", image_id)
    await illustrate.perform(image_id)


async def stored(user_id) -> list[str]:
    mine = f"images/{user_id.hex}/"
    later = datetime.now(UTC) + timedelta(hours=1)
    return [key async for keys in storage.current().written_before(mine, later) for key in keys]


async def test_picture_is_drawn_stored_and_charged(user, service):
    made = await order(user.id)

    await illustrate.perform(made.id)

    view = await images.get(user.id, made.id)
    assert (view.status, view.content_type, view.width, view.height) == ("ready", "image/png", 1344, 768)
    file = await images.content(user.id, made.id)
    content = b"".join([chunk async for chunk in storage.current().read(file.key)])
    assert len(content) == view.size == file.size
    assert service.asked()[0].json["prompt"] == made.prompt
    await assert_balanced(user.id)


async def test_picture_that_takes_long_is_waited_for(user, service):
    service.way = "303"
    made = await order(user.id)

    await illustrate.perform(made.id)

    assert (await images.get(user.id, made.id)).status == "ready"


async def test_second_delivery_draws_nothing(user, service):
    made = await order(user.id)

    await illustrate.perform(made.id)
    await illustrate.perform(made.id)

    assert len(service.asked()) == 1


@pytest.mark.parametrize(
    ("faults", "status", "code"),
    [
        ([Fault(500)], "ready", None),
        ([Fault(503, b"", {"Retry-After": "60"}), Fault(429)], "ready", None),
        ([Fault(500)] * 3, "failed", "unavailable"),
        ([Fault(200, b"<html>hello</html>", {"Content-Type": "image/png"})] * 3, "failed", "engine_failed"),
        ([Fault(401)], "failed", "engine_credentials"),
        ([Fault(402)], "failed", "engine_quota"),
        ([Fault(422, b'{"detail": "no"}')], "failed", "invalid_request"),
    ],
)
async def test_fault_costs_an_attempt_or_the_picture_never_credits(user, service, faults, status, code):
    service.fail(*faults)
    made = await order(user.id)

    for _ in range(3):
        await attempt(made.id)

    view = await images.get(user.id, made.id)
    assert view.status == status
    assert (view.error.code if view.error else None) == code
    assert view.credits.charged == (2 if status == "ready" else 0)
    assert await stored(user.id) == ([(await images.content(user.id, made.id)).key] if status == "ready" else [])
    await assert_balanced(user.id)


async def test_work_stops_and_stores_nothing_when_the_lease_is_lost(user, service, monkeypatch):
    monkeypatch.setattr(leases, "beat", lambda: timedelta(seconds=0.01))
    service.fail(Fault(silent=True))
    made = await order(user.id)
    task = asyncio.create_task(illustrate.perform(made.id))
    await asyncio.to_thread(service.wait_for)

    await drawing.expire(made.id)
    # The heartbeat may renew it just between the two.
    while (await images.get(user.id, made.id)).status == "running" and not await images.rescue_expired():
        await drawing.expire(made.id)
    async with asyncio.timeout(10):
        await task

    assert (await images.get(user.id, made.id)).status == "pending"
    assert await stored(user.id) == []


async def test_picture_without_a_row_is_swept_after_a_day(user, service):
    async def content():
        yield flux.png(4, 4)

    left = f"images/{user.id.hex}/{'0' * 32}"
    made = await order(user.id)
    await illustrate.perform(made.id)
    await storage.current().put(left, content())

    await orphans.sweep(datetime.now(UTC) + timedelta(days=2))

    assert await stored(user.id) == [(await images.content(user.id, made.id)).key]
