"""Pieces of a stage: each has one holder at a time and one result."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Segment
from reelscribe.platform.engines.protocol import Transcription, Warned
from reelscribe.platform.errors import LostLease
from reelscribe.platform.services import chunks, controls, runs, stages
from reelscribe.platform.services.chunks import Chunk
from reelscribe.platform.services.stages import Claimed, Finished

from .factories import identity, job
from .test_stages import claim_next

LEASE = timedelta(seconds=30)
EXPIRED = timedelta(seconds=-1)
PIECES = (Span(0.0, 21.0), Span(21.0, 40.0), Span(40.0, 60.0))

pytestmark = pytest.mark.usefixtures("database", "redis")


@pytest.fixture
async def stage(user) -> Claimed:
    """A running transcription, cut into three pieces."""
    made = await job(user.id)
    await stages.finish(await claim_next(made.id), Finished(result=b'{"audio_key": "a.wav"}'))
    await stages.finish(await claim_next(made.id), Finished(result=b"{}"))
    claimed = await claim_next(made.id)
    await chunks.lay(claimed, PIECES)
    return claimed


async def claim(stage: Claimed, *, lease: timedelta = LEASE) -> Chunk | None:
    return await chunks.claim(stage.stage_id, worker="w", lease=lease, owner=stage.token)


async def assist(stage: Claimed, *, lease: timedelta = LEASE) -> Chunk | None:
    return await chunks.claim(stage.stage_id, worker="helper", lease=lease, owner=None)


def text(*words: str, language: str | None = "en", warnings: tuple[Warned, ...] = ()) -> Transcription:
    segments = tuple(Segment(id="x", start=n, end=n + 1, text=word) for n, word in enumerate(words))
    return Transcription(engine="stub", model="m", language=language, segments=segments, warnings=warnings)


async def do_first(stage: Claimed, *, language: str | None = "en") -> None:
    first = await claim(stage)
    assert first is not None
    assert await chunks.store(first, text("one", language=language))


async def test_plan_is_laid_once(stage):
    await chunks.lay(stage, [Span(0.0, 60.0)])

    rows = await db.fetch("SELECT start_seconds, end_seconds FROM stage_chunks ORDER BY position")
    assert [Span(*row.values()) for row in rows] == list(PIECES)


async def test_plan_of_a_worker_that_lost_the_stage_is_refused(stage):
    await runs.cancel(identity(stage.user_id), stage.job_id)

    with pytest.raises(LostLease):
        await chunks.lay(stage, PIECES)


async def test_first_piece_comes_before_all_others(stage):
    first = await claim(stage)

    assert first is not None
    assert (first.span, first.audio_key, first.made_by) == (PIECES[0], "a.wav", None)
    assert await claim(stage) is None
    assert await assist(stage) is None


async def test_others_are_done_like_the_first(stage):
    await do_first(stage, language="de")

    second = await assist(stage)

    assert second is not None
    assert (second.language, second.made_by, second.done_seconds, second.total_seconds) == ("de", ("stub", "m"), 21, 60)


async def test_many_who_claim_at_once_get_different_pieces(stage):
    await do_first(stage)

    claims = await asyncio.gather(*(assist(stage) for _ in range(8)))

    assert sorted(each.position for each in claims if each) == [1, 2]


async def test_result_is_stored_once_and_only_by_the_holder(stage):
    await do_first(stage)
    late = await assist(stage, lease=EXPIRED)
    holder = await claim(stage)
    assert late is not None
    assert holder is not None
    assert late.id == holder.id

    stored = [await chunks.store(each, text("two")) for each in (late, holder, holder)]

    assert stored == [False, True, False]


async def test_piece_that_is_given_back_is_free_at_once(stage):
    first = await claim(stage)
    assert first is not None

    await chunks.give_back(first)

    again = await claim(stage)
    assert again is not None
    assert again.id == first.id
    assert await chunks.renew(first, lease=LEASE) is None


async def test_cancelled_job_wants_no_piece(stage):
    await do_first(stage)
    second = await assist(stage)
    assert second is not None

    await runs.cancel(identity(stage.user_id), stage.job_id)

    assert await chunks.renew(second, lease=LEASE) is None
    assert not await chunks.store(second, text("two"))
    assert await assist(stage) is None


async def test_piece_is_worth_finishing_while_its_stage_waits_for_the_next_attempt(stage):
    await do_first(stage)
    second = await assist(stage)
    assert second is not None

    await stages.release(stage)

    assert await chunks.renew(second, lease=LEASE) == 21
    assert await chunks.store(second, text("two"))
    assert await assist(stage) is None  # but nothing new is begun


@pytest.mark.parametrize("name", ["engine.normal", "engine", "engine:stub", "all"])
async def test_nobody_assists_where_an_admin_paused(stage, admin, name):
    await do_first(stage)

    await controls.stop(identity(admin.id), name, state="paused", reason="maintenance")

    assert await assist(stage) is None
    assert await claim(stage) is not None  # who has begun goes on


async def test_nobody_assists_while_the_engine_rests(stage):
    await do_first(stage)

    await db.execute("INSERT INTO breakers (engine, state, opened_until) VALUES ('stub', 'open', now())")

    assert await assist(stage) is None


async def test_standing_counts_pieces_and_seconds(stage):
    await do_first(stage)
    await assist(stage)

    standing = await chunks.standing(stage.stage_id)

    assert (standing.left, standing.free, standing.has_first) == (2, 1, True)
    assert (standing.done_seconds, standing.total_seconds) == (21, 60)


async def test_restart_from_the_start_forgets_the_pieces(stage):
    await do_first(stage)
    await runs.cancel(identity(stage.user_id), stage.job_id)

    async with db.transaction():
        await runs.restart(stage.job_id, by=stage.user_id, reason="again", from_start=True)

    assert await db.fetch("SELECT 1 FROM stage_chunks") == []


async def test_worker_that_lost_the_stage_throws_no_pieces_away(stage):
    await do_first(stage)
    await db.execute("UPDATE stages SET lease_token = gen_random_uuid() WHERE id = $1", stage.stage_id)

    with pytest.raises(LostLease):
        await chunks.begin_anew(stage)

    assert (await chunks.standing(stage.stage_id)).left == len(PIECES) - 1


def test_pieces_become_one_text():
    rough, assumed = Warned(code="rough", message="here"), Warned(code="assumed", message="x")
    pieces = [
        text(language=None, warnings=(rough,)),
        text("a", "b", warnings=(assumed, Warned(code="rough", message="there"))),
    ]

    whole = chunks.joined(pieces)

    assert [(each.id, each.text) for each in whole.segments] == [("s1", "a"), ("s2", "b")]
    assert whole.warnings == (rough, assumed)
    assert (whole.engine, whole.model, whole.language) == ("stub", "m", "en")
