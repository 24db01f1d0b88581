"""A clips job that has come as far as a test wants it, without engines or ffmpeg."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from reelscribe.actors.checkpoints import Ingested
from reelscribe.platform import db
from reelscribe.platform.domain.clips import ClipPlan, ClipsWanted
from reelscribe.platform.domain.lifecycle import StageName
from reelscribe.platform.domain.timeline import Span
from reelscribe.platform.domain.transcript import Segment, Word
from reelscribe.platform.engines.protocol import Transcription
from reelscribe.platform.services import jobs, stages, transcripts
from reelscribe.platform.services.clips import choosing, renders
from reelscribe.platform.services.clips.renders import Files
from reelscribe.platform.services.failure import Failure
from reelscribe.platform.services.stages import Claimed, Finished

from tests.platform.services.factories import identity, media

LEASE = timedelta(seconds=30)
PLANS = tuple(
    ClipPlan(
        title=f"Part {number}",
        reason="It is good.",
        quote="So it is.",
        score=0.5,
        topics=("rivers",),
        spans=(Span(number * 20.0, number * 20.0 + 10.0),),
    )
    for number in range(3)
)
_WORDS = tuple(Word(start=at + 0.1, end=at + 0.9, text=f"word{at}") for at in range(60))
TEXT = Transcription(
    engine="stub",
    model="stub",
    language="en",
    segments=(Segment(id="s1", start=0.1, end=59.9, text=" ".join(word.text for word in _WORDS), words=_WORDS),),
)
_RESULTS = {
    StageName.INGEST: Ingested(audio_key="jobs/none", duration_seconds=60.0),
    StageName.TRANSCRIBE: TEXT,
    StageName.ALIGN: TEXT,
}


@dataclass(frozen=True)
class Work:
    """A clips job and what a test does to its stages."""

    job_id: UUID
    user_id: UUID

    async def status(self) -> str:
        row = await db.fetch_one("SELECT status FROM jobs WHERE id = $1", self.job_id)
        assert row is not None
        return str(row["status"])

    async def queued(self, name: str = "render") -> list[UUID]:
        """Ids of the queued stages of that name."""
        rows = await db.fetch(
            "SELECT id FROM stages WHERE job_id = $1 AND status = 'queued' AND name = $2 ORDER BY clip_id",
            self.job_id,
            name,
        )
        return [row["id"] for row in rows]

    async def claim(self, stage_id: UUID) -> Claimed:
        row = await db.fetch_one("SELECT message_id FROM stages WHERE id = $1", stage_id)
        assert row is not None
        stage = await stages.claim(stage_id, row["message_id"], worker="w1", lease=LEASE)
        assert stage is not None
        return stage

    async def to_renders(self) -> list[UUID]:
        """Finish every stage before the renderings; returns these."""
        while not (renderings := await self.queued()):
            await self._finish_next()
        return renderings

    async def _finish_next(self) -> None:
        row = await db.fetch_one("SELECT id FROM stages WHERE job_id = $1 AND status = 'queued'", self.job_id)
        assert row is not None
        stage = await self.claim(row["id"])
        result = _RESULTS.get(stage.name)
        write = None
        if stage.name is StageName.SELECT:
            write = lambda: choosing.store_plans(self.job_id, PLANS, stage.clips)  # noqa: E731
        await stages.finish(stage, Finished(result=msgspec.json.encode(result or {}), write=write))

    async def render(self, stage_id: UUID) -> UUID:
        """Finish a rendering; returns its clip."""
        return await self.finish(await self.claim(stage_id))

    async def finish(self, stage: Claimed) -> UUID:
        assert stage.clip_id is not None
        clip_id = stage.clip_id
        revision = await db.fetch_one("SELECT revision FROM clips WHERE id = $1", clip_id)
        assert revision is not None
        made = files()
        write = lambda: renders.store(clip_id, revision["revision"], made)  # noqa: E731
        await stages.finish(stage, Finished(result=b"{}", write=write))
        return clip_id

    async def fail(self, stage_id: UUID, failure: Failure) -> None:
        """Fail a rendering for good."""
        await stages.fail(await self.claim(stage_id), failure)

    async def deliver(self) -> None:
        """Finish the delivery with a transcript."""
        (stage_id,) = await self.queued("deliver")
        await self.finish_delivery(await self.claim(stage_id))

    async def finish_delivery(self, stage: Claimed) -> None:
        made = transcripts.assembled(TEXT, transcripts.Diarization(turns=()), duration=60.0)
        write = lambda: transcripts.store(self.job_id, made, run=stage.run)  # noqa: E731
        await stages.finish(stage, Finished(result=b'{"version":1}', write=write))

    async def complete(self) -> list[UUID]:
        """Bring the job to its end; returns its clips in order."""
        for stage_id in await self.to_renders():
            await self.render(stage_id)
        await self.deliver()
        rows = await db.fetch("SELECT id FROM clips WHERE job_id = $1 ORDER BY position", self.job_id)
        return [row["id"] for row in rows]


def files() -> Files:
    """What a rendering may have stored."""
    name = uuid4().hex
    return Files(
        video_key=f"clips/{name}.mp4",
        poster_key=f"clips/{name}.jpg",
        preview_key=f"clips/{name}.webp",
        duration_seconds=10.0,
        width=1280,
        height=720,
        size_bytes=1000,
        way="encoded",
    )


@pytest.fixture
async def work(user, redis) -> Work:
    """A clips job that has just been accepted."""
    wanted = jobs.NewJob(
        media_id=await media(user.id, kind="video"), engine="stub", kind="clips", clips=ClipsWanted(count=3)
    )
    made = await jobs.create(identity(user.id), wanted)
    return Work(job_id=made.id, user_id=user.id)
