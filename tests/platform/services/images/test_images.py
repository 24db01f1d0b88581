"""Illustrations: charged once or not at all, whatever happens to their workers."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal

import asyncpg
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from reelscribe.platform import db
from reelscribe.platform.domain.pictures import Picture
from reelscribe.platform.errors import (
    BadInput,
    EngineCredentials,
    EngineFailed,
    InsufficientCredits,
    LostLease,
    NotFound,
    Unavailable,
)
from reelscribe.platform.queue import dispatch
from reelscribe.platform.services import controls, failure, images
from reelscribe.platform.services.images import NewImage
from reelscribe.platform.services.images.orders import NotSetUp
from reelscribe.platform.services.images.work import QUEUE

from tests.platform.services.factories import identity, job
from tests.platform.services.images.drawing import LEASE, assert_balanced, claim, expire, order

pytestmark = pytest.mark.usefixtures("database", "redis", "service")

PICTURE = Picture(content_type="image/png", width=1344, height=768)
BUSY = failure.of(EngineFailed("busy"))
REFUSED = failure.of(EngineCredentials("no"))


async def state(image_id) -> tuple[str, int]:
    row = await db.fetch_one("SELECT status, attempts FROM images WHERE id = $1", image_id)
    assert row is not None
    return row["status"], row["attempts"]


async def ends(image_id) -> list[str]:
    rows = await db.fetch("SELECT kind FROM credit_entries WHERE image_id = $1 ORDER BY id", image_id)
    return [row["kind"] for row in rows]


async def test_order_holds_its_price_and_waits(user):
    made = await order(user.id)

    assert (made.status, made.credits.held, made.credits.charged, made.url) == ("pending", 2, 0, None)
    assert await ends(made.id) == ["hold"]
    await assert_balanced(user.id)


async def test_finished_image_is_charged_once(user):
    made = await order(user.id)
    claimed = await claim(made.id)

    await images.finish(claimed, PICTURE, size=10)
    with pytest.raises(LostLease):
        await images.finish(claimed, PICTURE, size=10)

    view = await images.get(user.id, made.id)
    assert (view.status, view.width, view.size) == ("ready", 1344, 10)
    assert (view.credits.held, view.credits.charged) == (0, 2)
    assert await ends(made.id) == ["hold", "capture"]
    await assert_balanced(user.id)


async def test_image_is_tried_three_times_then_its_credits_come_back(user):
    made = await order(user.id)
    seen = []

    for _ in range(3):
        await images.fail(await claim(made.id), BUSY)
        seen.append(await state(made.id))

    assert seen == [("pending", 1), ("pending", 2), ("failed", 3)]
    view = await images.get(user.id, made.id)
    assert view.error is not None
    assert (view.error.message, view.credits.held, view.credits.charged) == ("busy", 0, 0)
    assert await ends(made.id) == ["hold", "release"]
    await assert_balanced(user.id)


async def test_permanent_failure_is_not_tried_again(user):
    made = await order(user.id)

    await images.fail(await claim(made.id), REFUSED)

    assert await state(made.id) == ("failed", 1)


async def test_wait_that_a_service_asks_for_is_kept(user):
    made = await order(user.id)

    await images.fail(await claim(made.id), failure.of(Unavailable("later", retry_after=600)))

    row = await db.fetch_one("SELECT extract(epoch FROM due_at - now()) AS left FROM images WHERE id = $1", made.id)
    assert row is not None
    assert 590 < row["left"] < 700
    assert await images.claim(made.id, worker="w1", lease=LEASE) is None


async def test_lost_worker_costs_an_attempt_and_can_no_longer_write(user):
    made = await order(user.id)
    lost = await claim(made.id)
    await expire(made.id)

    assert await images.rescue_expired() == 1
    assert await images.rescue_expired() == 0

    assert await state(made.id) == ("pending", 1)
    assert not await images.renew(lost, lease=LEASE)
    second = await claim(made.id, worker="w2")
    with pytest.raises(LostLease):
        await images.finish(lost, PICTURE, size=10)
    await images.finish(second, PICTURE, size=10)
    assert await ends(made.id) == ["hold", "capture"]


async def test_stopping_worker_gives_the_image_back_for_nothing(user):
    made = await order(user.id)

    await images.release(await claim(made.id))

    assert await state(made.id) == ("pending", 0)


async def test_message_that_redis_lost_is_sent_again_and_a_known_one_is_not(user, redis):
    await dispatch.start()
    made = await order(user.id)
    await dispatch.stop()
    row = await db.fetch_one("SELECT message_id FROM images WHERE id = $1", made.id)
    assert row is not None
    sent = [(QUEUE, row["message_id"])]
    assert await dispatch.lost(sent) == []

    await redis.flushall()
    assert await dispatch.lost(sent) == [row["message_id"]]
    await dispatch.start()
    await images.offer_due()
    await images.offer_due()
    await dispatch.stop()

    assert await dispatch.lost(sent) == []
    assert await redis.llen(f"reelscribe:{QUEUE}.turns:{user.id}") in (0, 1)


async def test_paused_queue_begins_nothing(user, admin):
    made = await order(user.id)
    await controls.stop(identity(admin.id), "io", state="paused", reason="maintenance")

    assert await images.claim(made.id, worker="w1", lease=LEASE) is None


async def test_draining_queue_takes_nothing_in(user, admin):
    await controls.stop(identity(admin.id), "io", state="draining", reason="maintenance")

    with pytest.raises(controls.Draining):
        await order(user.id)
    await assert_balanced(user.id)


async def test_one_worker_draws_two_at_once(user):
    made = [await order(user.id) for _ in range(3)]

    taken = [await images.claim(each.id, worker="w1", lease=LEASE) for each in made]

    assert [each is not None for each in taken] == [True, True, False]
    assert await images.claim(made[2].id, worker="w2", lease=LEASE) is not None


async def test_claims_at_the_same_time_give_the_image_to_one(user):
    made = await order(user.id)

    taken = await asyncio.gather(*(images.claim(made.id, worker=f"w{n}", lease=LEASE) for n in range(8)))

    assert len([each for each in taken if each is not None]) == 1


async def test_concurrent_orders_never_overspend(make_user):
    user = await make_user(credits="6.00")
    made = await job(user.id)  # a minute: 1 credit

    answers = await asyncio.gather(*(order(user.id, job_id=made.id) for _ in range(8)), return_exceptions=True)

    refused = [each for each in answers if isinstance(each, InsufficientCredits)]
    assert (len(answers) - len(refused), len(refused)) == (2, 6)
    assert refused[0].facts == {"required": "2.00", "available": "1.00"}
    await assert_balanced(user.id)


async def test_late_worker_and_rescue_at_the_same_time_end_the_image_once(user):
    made = [await order(user.id) for _ in range(6)]
    for number, each in enumerate(made):  # the last attempt, so that a rescue ends it too
        await db.execute("UPDATE images SET attempts = 2 WHERE id = $1", each.id)
        claimed = await claim(each.id, worker=f"w{number}")
        await expire(each.id)

        await asyncio.gather(
            images.finish(claimed, PICTURE, size=10),
            images.rescue_expired(),
            images.fail(claimed, BUSY),
            images.renew(claimed, lease=LEASE),
            return_exceptions=True,
        )

        assert (await state(each.id))[0] in ("ready", "failed")
        assert len(await ends(each.id)) == 2
    await assert_balanced(user.id)


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["order", "claim", "finish", "fail", "refuse", "lose", "rescue", "release", "late"]),
        st.integers(0, 3),
    ),
    max_size=30,
)


@hypothesis_settings(max_examples=25)
@given(actions=ACTIONS)
async def test_ledger_balances_after_any_history(make_user, actions):
    user = await make_user(credits="9.00")
    job_id = (await job(user.id)).id
    made: list = []
    held: dict = {}
    old: list = []

    for action, which in actions:
        with contextlib.suppress(InsufficientCredits, LostLease):
            if action == "order":
                made.append((await order(user.id, job_id=job_id)).id)
            elif action == "rescue":
                await images.rescue_expired()
            elif action == "late" and old:
                await images.finish(old[which % len(old)], PICTURE, size=10)
            elif made:
                await act(action, made[which % len(made)], held, old)

    await assert_balanced(user.id)
    for image_id in made:
        view = await images.get(user.id, image_id)
        assert view.credits.charged == (2 if view.status == "ready" else 0)
        assert view.credits.held == (2 if view.status in ("pending", "running") else 0)
        assert (await state(image_id))[1] <= images.MOST_ATTEMPTS


async def act(action: str, image_id, held: dict, old: list) -> None:
    if action == "claim":
        await db.execute("UPDATE images SET due_at = now() WHERE id = $1 AND status = 'pending'", image_id)
        taken = await images.claim(image_id, worker=f"w{len(old)}", lease=LEASE)
        if taken is not None:
            held[image_id] = taken
            old.append(taken)
    elif action == "lose":
        await expire(image_id)
    elif image_id in held:
        claimed = held[image_id]
        if action == "finish":
            await images.finish(claimed, PICTURE, size=10)
        elif action == "release":
            await images.release(claimed)
        else:
            await images.fail(claimed, BUSY if action == "fail" else REFUSED)


async def test_second_end_is_refused_by_the_schema(user):
    made = await order(user.id)
    await images.finish(await claim(made.id), PICTURE, size=10)

    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute(
            "INSERT INTO credit_entries (user_id, image_id, kind) VALUES ($1, $2, 'release')", user.id, made.id
        )


async def test_accepted_image_is_drawn_also_when_the_account_is_disabled_then(user):
    made = await order(user.id)
    await db.execute("UPDATE users SET disabled_at = now() WHERE id = $1", user.id)

    await images.finish(await claim(made.id), PICTURE, size=10)

    assert await state(made.id) == ("ready", 1)
    await assert_balanced(user.id)


async def test_prompt_is_made_of_the_clip_when_none_is_given(user):
    made = await job(user.id)
    row = await db.fetch_one(
        "INSERT INTO clips (job_id, title, score, topics, spans, duration_seconds)"
        " VALUES ($1, 'Why \"haze\" hurts', 0.5, '{lungs,wildfires}', '[{\"start\": 1, \"end\": 9}]', 8) RETURNING id",
        made.id,
    )
    assert row is not None

    image = await images.create(identity(user.id), NewImage(clip_id=row["id"], aspect="9:16"))

    assert image.prompt.startswith("An editorial cover illustration about Why haze hurts, with lungs, wildfires.")
    assert (image.job_id, image.clip_id, image.aspect) == (made.id, row["id"], "9:16")


async def test_prompt_is_made_of_what_was_found_in_the_recording(user):
    made = await job(user.id)
    for position, (title, importance) in enumerate([("Masks", 0.2), ("Lungs", 0.9)]):
        await db.execute(
            "INSERT INTO content_segments (job_id, position, start_seconds, end_seconds, title, importance)"
            " VALUES ($1, $2, 0, 9, $3, $4)",
            made.id,
            position,
            title,
            importance,
        )

    image = await images.create(identity(user.id), NewImage(job_id=made.id))

    assert image.prompt.startswith("An editorial cover illustration about talk, with Lungs, Masks.")


async def test_order_is_refused_when_it_names_nothing_or_both(user):
    made = await job(user.id)

    for wanted in (NewImage(), NewImage(job_id=made.id, clip_id=made.id)):
        with pytest.raises(BadInput, match="either"):
            await images.create(identity(user.id), wanted)


async def test_order_is_refused_when_the_job_is_somebody_elses(user, stranger):
    made = await job(user.id)

    with pytest.raises(NotFound):
        await images.create(identity(stranger.id), NewImage(job_id=made.id))


async def test_order_is_refused_when_no_endpoint_is_set(user, monkeypatch):
    from reelscribe.platform.settings import current

    made = await job(user.id)
    monkeypatch.delenv("REELSCRIBE_FLUX_ENDPOINT")
    current.cache_clear()

    with pytest.raises(NotSetUp) as caught:
        await images.create(identity(user.id), NewImage(job_id=made.id))

    assert "best frame" in caught.value.hint
    assert (await images.of_job(user.id, made.id)).items == []
    assert (await db.fetch("SELECT 1 FROM credit_entries WHERE image_id IS NOT NULL")) == []
    assert Decimal(0) == sum(each.credits.held for each in (await images.of_job(user.id, made.id)).items)
