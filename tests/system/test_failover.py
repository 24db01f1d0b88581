"""The engine ``auto`` with the real processes: the cloud refuses or breaks, another engine does the work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from reelscribe.platform import db, settings, storage
from reelscribe.platform.engines import registry
from reelscribe.platform.services import jobs, transcripts
from reelscribe.platform.services.jobs import NewJob

from tests.actors.long_talk import recording
from tests.platform.services.factories import identity, media
from tests.stand_ins import assemblyai

from .conftest import Processes, until_ended

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("pusher")]

ORDER = ("assemblyai", "stub")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[assemblyai.Server]:
    """A stand-in whose key this process, which takes in the jobs, knows; the worker learns it from the test."""
    with assemblyai.serving() as server:
        monkeypatch.setenv("REELSCRIBE_ASSEMBLYAI_API_KEY", assemblyai.KEY)
        settings.current.cache_clear()
        registry.shared.cache_clear()
        yield server
    monkeypatch.undo()
    settings.current.cache_clear()
    registry.shared.cache_clear()


async def submitted(user_id) -> jobs.JobView:
    async def content():
        yield recording(3)

    await storage.current().put("media/talk", content())
    media_id = await media(user_id, seconds=3.0, key="media/talk")
    wanted = NewJob(media_id=media_id, engine="auto", engines=ORDER, language="en")
    return await jobs.create(identity(user_id), wanted)


@pytest.mark.parametrize(
    ("status", "key", "says"),
    [(500, assemblyai.KEY, "AssemblyAI"), (200, "a key that was taken back", "key")],
    ids=["broken", "refuses the key"],
)
async def test_next_engine_does_the_work_and_one_charge_is_made(
    user, processes: Processes, provider: assemblyai.Server, status: int, key: str, says: str
):
    if status == 500:
        provider.fail("POST /v2/upload", *[assemblyai.Fault(status=500, body="{}")] * 9)
    made = await submitted(user.id)

    processes.start("scheduler")
    processes.start("worker", assemblyai_base_url=provider.url, assemblyai_api_key=key)

    assert await until_ended(user.id, seconds=90) == {"completed": 1}
    job = await jobs.get(identity(user.id), made.id)
    (warned,) = [each for each in job.warnings if each.code == "engine_switched"]
    captures = await db.fetch("SELECT 1 FROM credit_entries WHERE kind = 'capture'")
    (breaker,) = await db.fetch("SELECT engine, failures FROM breakers")
    assert all(word in warned.message for word in (*ORDER, says))
    assert (len(captures), job.credits.charged, job.credits.held) == (1, job.credits.quoted, 0)
    assert (breaker["engine"], breaker["failures"]) == ("assemblyai", 1)
    assert (await transcripts.get(user.id, made.id)).engine.name == "stub"
