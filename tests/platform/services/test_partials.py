"""Text of a run that ended early is kept once, with words about how far it goes."""

from __future__ import annotations

import asyncio
from uuid import UUID

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.transcript import Segment
from reelscribe.platform.engines.protocol import Transcription
from reelscribe.platform.errors import BadMedia
from reelscribe.platform.services import failure, jobs, partials, runs, stages, transcripts
from reelscribe.platform.services.stages import Finished

from .factories import identity, job
from .test_stages import claim_next

pytestmark = pytest.mark.usefixtures("database", "redis")

SOUND = msgspec.json.encode({"audio_key": "jobs/x/audio-1.wav", "duration_seconds": 60.0})


def said(text: str, *, start: float = 0.0) -> bytes:
    heard = (Segment(id="s1", start=start, end=start + 5, text=text),) if text else ()
    return msgspec.json.encode(Transcription(engine="stub", model="m", language="en", segments=heard))


async def with_pieces(user_id: UUID, *finished: int) -> UUID:
    """A job whose transcription runs in three pieces of twenty seconds, some of them finished."""
    made = await job(user_id)
    await stages.finish(await claim_next(made.id), Finished(result=SOUND))
    await stages.finish(await claim_next(made.id), Finished(result=b"{}"))
    stage = await claim_next(made.id)
    for position in range(3):
        result = said(f"part {position}", start=20.0 * position).decode() if position in finished else None
        await db.execute(
            "INSERT INTO stage_chunks (stage_id, position, start_seconds, end_seconds, result, finished_at)"
            " VALUES ($1, $2, $3::float8, $3::float8 + 20, $4, CASE WHEN $4::jsonb IS NOT NULL THEN now() END)",
            stage.stage_id,
            position,
            20.0 * position,
            result,
        )
    return made.id


async def with_text(user_id: UUID, text: str = "all of it") -> UUID:
    """A job whose transcription is finished; the step after it runs."""
    made = await job(user_id)
    for result in (SOUND, b"{}", said(text)):
        await stages.finish(await claim_next(made.id), Finished(result=result))
    return made.id


async def origins(user_id: UUID, job_id: UUID) -> list[str]:
    return [each.origin for each in (await transcripts.versions(user_id, job_id)).items]


@pytest.mark.parametrize(
    ("finished", "text", "reach"),
    [
        ((0, 1), "part 0 part 1", "covers 00:00:40 of 00:01:00."),
        ((0, 2), "part 0 part 2", "covers 00:00:40 of 00:01:00, with gaps."),
    ],
)
async def test_cancelled_job_keeps_its_finished_pieces(user, finished, text, reach):
    job_id = await with_pieces(user.id, *finished)

    view = await runs.cancel(identity(user.id), job_id)

    assert await origins(user.id, job_id) == ["partial"]
    assert (await transcripts.get(user.id, job_id)).text == text
    assert [(each.code, each.stage) for each in view.warnings] == [("partial_result", "transcribe")]
    assert reach in view.warnings[0].message
    assert "Run the job again" in view.warnings[0].message


async def test_partial_text_can_be_downloaded(user):
    job_id = await with_pieces(user.id, 0)
    await runs.cancel(identity(user.id), job_id)

    assert b"part 0" in (await transcripts.export(user.id, job_id, "srt")).content
    assert (await transcripts.download(user.id, job_id, "srt")).url


async def test_failed_job_keeps_its_text_once(user):
    job_id = await with_text(user.id)
    await stages.finish(await claim_next(job_id), Finished(result=said("all of it, aligned")))
    await stages.fail(await claim_next(job_id), failure.of(BadMedia("no disk")))

    assert [await partials.keep_missed(), await partials.keep_missed(), await partials.keep(job_id)] == [1, 0, False]

    assert (await transcripts.get(user.id, job_id)).text == "all of it, aligned"
    view = await jobs.get(identity(user.id), job_id)
    assert [(each.code, each.stage) for each in view.warnings] == [("partial_result", "deliver")]


async def test_text_is_kept_once_when_many_try(user):
    job_id = await with_text(user.id)
    await stages.fail(await claim_next(job_id), failure.of(BadMedia("x")))  # the step may be left out
    await stages.fail(await claim_next(job_id), failure.of(BadMedia("no disk")))

    kept = await asyncio.gather(*(partials.keep(job_id) for _ in range(8)))

    assert sum(kept) == 1
    assert len((await jobs.get(identity(user.id), job_id)).warnings) == 2  # that of the step, and ours


async def test_nothing_is_kept_where_nothing_was_said(user):
    empty, early = await with_text(user.id, ""), await with_pieces(user.id)
    for job_id in (empty, early):
        await runs.cancel(identity(user.id), job_id)

    assert await partials.keep_missed() == 0
    assert [await origins(user.id, job_id) for job_id in (empty, early)] == [[], []]


async def test_running_job_is_left_alone(user):
    job_id = await with_pieces(user.id, 0)

    assert not await partials.keep(job_id)
    assert (await transcripts.get(user.id, job_id)).text == "part 0"  # the text so far, not kept


async def test_new_run_drops_the_warning_and_may_keep_more(user):
    job_id = await with_pieces(user.id, 0)
    await runs.cancel(identity(user.id), job_id)

    await runs.retry(identity(user.id), job_id)
    assert (await jobs.get(identity(user.id), job_id)).warnings == []
    await runs.cancel(identity(user.id), job_id)

    assert await origins(user.id, job_id) == ["partial", "partial"]


async def test_warning_about_a_whole_text_goes_with_the_next_run(user):
    job_id = await with_text(user.id)
    await runs.cancel(identity(user.id), job_id)

    await runs.retry(identity(user.id), job_id)

    assert (await jobs.get(identity(user.id), job_id)).warnings == []


async def test_odd_result_does_not_hinder_a_cancel(user):
    made = await job(user.id)
    for _ in range(3):
        await stages.finish(await claim_next(made.id), Finished(result=b'{"ok": true}'))

    assert (await runs.cancel(identity(user.id), made.id)).status == "cancelled"
