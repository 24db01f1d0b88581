"""One dead letter with all that is known about it."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from reelscribe.platform import db, storage
from reelscribe.platform.errors import NotFound
from reelscribe.platform.services import runs
from reelscribe.platform.services.dead_letters import detail

from tests.conftest import User

from . import failed

pytestmark = pytest.mark.usefixtures("database", "redis")


async def test_letter_has_every_attempt_of_all_runs(user: User) -> None:
    first = await failed.letter(user.id)
    job_id = (await detail.get(first)).job_id
    async with db.transaction():
        await runs.restart(job_id, by=user.id, reason="again")
    second = await failed.fail(job_id)

    found = await detail.get(second)

    assert [(each.run, each.number, each.outcome) for each in found.tries] == [(2, 1, "failed"), (1, 1, "failed")]
    assert (found.tries[0].worker, found.tries[0].error_code) == ("w1", "engine_unavailable")
    assert "EngineUnavailable" in found.tries[0].traceback
    assert found.tries[0].seconds is not None
    assert [(each.id, each.run, each.status) for each in found.siblings] == [(first, 1, "requeued")]
    assert (found.run, found.job_run, found.job_status) == (2, 2, "failed")


async def test_letter_says_which_steps_have_their_output(user: User) -> None:
    found = await detail.get(await failed.letter(user.id))

    steps = {step.name: (step.status, step.has_output) for step in found.steps}
    assert steps["ingest"] == ("completed", True)
    assert steps["transcribe"] == ("failed", False)
    assert steps["deliver"][1] is False


async def test_letter_counts_the_pieces_of_a_step(user: User) -> None:
    letter_id = await failed.letter(user.id)
    await db.execute(
        "INSERT INTO stage_chunks (stage_id, position, start_seconds, end_seconds, result, finished_at)"
        " SELECT stage_id, n, n, n + 1, CASE WHEN n < 3 THEN '{}'::jsonb END, CASE WHEN n < 3 THEN now() END"
        " FROM dead_letters, generate_series(0, 4) n"
    )

    step = next(step for step in (await detail.get(letter_id)).steps if step.name == "transcribe")

    assert (step.chunks_done, step.chunks) == (3, 5)


async def test_letter_has_the_credits_of_its_job(user: User) -> None:
    found = (await detail.get(await failed.letter(user.id))).credits

    assert (str(found.quoted), str(found.held), str(found.charged), str(found.available)) == (
        "1.00",
        "0.00",
        "0.00",
        "600.00",
    )
    assert [(line.kind, str(line.held_delta)) for line in found.lines] == [("hold", "1.00"), ("release", "-1.00")]


async def test_secrets_are_masked_when_the_request_has_some(user: User) -> None:
    letter_id = await failed.letter(user.id)
    await db.execute(
        "UPDATE dead_letters SET payload = payload || $1::jsonb",
        '{"features": {"api_key": "s3cret", "nested": [{"Authorization": "Bearer s3cret"}]},'
        ' "callback": "https://me:s3cret@example.test/?X-Amz-Signature=s3cret&page=2"}',
    )

    found = await detail.get(letter_id)

    assert "s3cret" not in msgspec.json.encode(found).decode()
    assert msgspec.json.decode(found.payload)["engine"] == "stub"
    assert "page=2" in found.payload


async def test_source_is_said_to_be_there_when_it_is(user: User) -> None:
    letter_id = await failed.letter(user.id)
    row = await db.fetch_one("SELECT storage_key FROM media")
    assert row is not None
    missing = (await detail.get(letter_id)).source.exists

    await storage.current().put(row["storage_key"], _bytes(b"sound"))
    there = await detail.get(letter_id)

    assert (missing, there.source.exists) == (False, True)
    assert there.advice[0].startswith("'reelscribe doctor'")
    assert there.reproduce.cli.endswith("--engine stub --mode mono")
    assert f"/api/v1/admin/dead-letters/{letter_id}/source" in there.reproduce.cli


async def test_source_is_missing_when_it_was_deleted(user: User) -> None:
    letter_id = await failed.letter(user.id)
    await db.execute("UPDATE media SET deleted_at = now()")

    with pytest.raises(NotFound):
        await detail.source(letter_id)
    assert (await detail.get(letter_id)).advice == [
        "The recording is gone, so this job cannot run again. Discard the letter."
    ]


@pytest.mark.parametrize("ask", [detail.get, detail.source])
async def test_letter_is_missing_when_there_is_none(ask) -> None:
    with pytest.raises(NotFound):
        await ask(UUID(int=0))


async def _bytes(content: bytes):
    yield content
