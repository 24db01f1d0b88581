"""What a cancelled job has at a provider is deleted there, also when no worker had it when it was cancelled."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.engines import registry
from reelscribe.platform.engines.protocol import Request
from reelscribe.platform.errors import Unavailable
from reelscribe.platform.services import leftovers, runs, stages
from reelscribe.platform.settings import current

from tests.platform.engines.assemblyai.conftest import DELETE, Remembering
from tests.stand_ins import assemblyai as stand_in
from tests.stand_ins.assemblyai_traffic import Fault

from .factories import identity, job
from .test_stages import claim_next

pytestmark = pytest.mark.usefixtures("database", "redis")


@pytest.fixture
def provider(monkeypatch):
    with stand_in.serving() as server:
        monkeypatch.setenv("REELSCRIBE_ASSEMBLYAI_BASE_URL", server.url)
        monkeypatch.setenv("REELSCRIBE_ASSEMBLYAI_API_KEY", server.key)
        current.cache_clear()
        registry.shared.cache_clear()
        yield server
        monkeypatch.undo()
        current.cache_clear()
        registry.shared.cache_clear()


@pytest.fixture
async def noted(user, provider, tmp_path) -> UUID:
    """A job whose worker has noted a transcript that is at the provider, and given the step back."""
    (tmp_path / "talk.wav").write_bytes(bytes(32_044))
    memory = Remembering()
    request = Request(audio=tmp_path / "talk.wav", duration=1.0, language="en")
    await registry.get("assemblyai").transcribe(request, memory)
    made = await job(user.id)
    claimed = await claim_next(made.id)
    await stages.notes.keep(claimed, memory.kept[-1])
    await stages.release(claimed)
    return made.id


async def cancel(user_id: UUID, job_id: UUID, *, seconds_ago: int = 60) -> None:
    await runs.cancel(identity(user_id), job_id)
    await db.execute("UPDATE jobs SET finished_at = now() - make_interval(secs => $1)", float(seconds_ago))


async def test_transcript_of_a_job_that_was_cancelled_while_it_waited_is_deleted_once(user, provider, noted):
    await cancel(user.id, noted)

    times = [await leftovers.delete() for _ in range(2)]

    assert times == [1, 0]
    assert provider.deleted == set(provider.transcripts)
    assert provider.routes().count(DELETE) == 1


async def test_worker_has_its_time_and_a_job_that_goes_on_keeps_its_transcript(user, provider, noted):
    goes_on = await leftovers.delete()
    await cancel(user.id, noted, seconds_ago=2)

    assert (goes_on, await leftovers.delete()) == (0, 0)
    assert provider.deleted == set()


async def test_provider_that_fails_is_asked_again(user, provider, noted):
    await cancel(user.id, noted)
    provider.fail(DELETE, Fault(500, "{}"))

    with pytest.raises(Unavailable):
        await leftovers.delete()

    assert await leftovers.delete() == 1


async def test_transcript_that_the_provider_does_not_know_is_given_up(user, provider, noted):
    await db.execute(
        "UPDATE stages SET note = $1 WHERE note IS NOT NULL", msgspec.json.encode({"id": "x", "asked": ""}).decode()
    )
    await cancel(user.id, noted)

    assert await leftovers.delete() == 0
    assert await db.fetch("SELECT 1 FROM stages WHERE note IS NOT NULL") == []
