"""Workers and a customer do what they like, several at once: the job ends, and nothing of it is left on its way."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.lifecycle import FINAL, StageName
from reelscribe.platform.errors import BadMedia, Conflict, LostLease, NotFound, TimeLimitReached
from reelscribe.platform.services import failure, runs, stages
from reelscribe.platform.services.clips import edits, reels, views
from reelscribe.platform.services.clips.edits import ClipChanges
from reelscribe.platform.services.clips.reels import NewReel
from reelscribe.platform.services.stages import Claimed, Finished

from tests.platform.services.factories import identity

from .conftest import Work

pytestmark = pytest.mark.usefixtures("database")

_LEASE = timedelta(minutes=1)
_DEEDS = (
    *("claim", "finish") * 4,
    *("change",) * 3,
    *("fail", "give_up", "lose", "delete", "reel", "cancel", "retry"),
)


class Everybody:
    """The workers of a job and its owner; ``held`` are stages that workers believe to own."""

    def __init__(self, work: Work, chance: random.Random) -> None:
        self.work, self.chance, self.who = work, chance, identity(work.user_id)
        self.held: list[Claimed] = []

    async def does(self, deed: str) -> None:
        """Do it, if that is possible now."""
        try:
            await getattr(self, deed)()
        except (Conflict, LostLease, NotFound, IndexError):  # IndexError: there is nothing to do it to
            return

    async def claim(self) -> None:
        rows = await db.fetch(
            "SELECT id, message_id FROM stages WHERE job_id = $1 AND status = 'queued'", self.work.job_id
        )
        row = self.chance.choice(rows)
        stage = await stages.claim(row["id"], row["message_id"], worker="w", lease=_LEASE)
        self.held += [stage] if stage else []

    async def finish(self) -> None:
        stage = self._taken()
        if stage.name is StageName.RENDER:
            await self.work.finish(stage)
        else:
            await stages.finish(stage, Finished(result=b'{"version":1}'))

    async def fail(self) -> None:
        await stages.fail(self._taken(), failure.of(TimeLimitReached("once")))

    async def give_up(self) -> None:
        await stages.fail(self._taken(), failure.of(BadMedia("for good")))

    async def lose(self) -> None:
        past = "UPDATE stages SET lease_expires_at = now() - interval '1 s' WHERE lease_token = $1"
        await db.execute(past, self.chance.choice(self.held).token)
        await stages.rescue_expired()

    async def change(self) -> None:
        style = self.chance.choice(["clean", "box", "bold"])
        await edits.change(self.who, self.chance.choice(await self.clips()).id, ClipChanges(style=style))

    async def delete(self) -> None:
        await edits.delete(self.who, self.chance.choice(await self.clips()).id)

    async def reel(self) -> None:
        ids = tuple(clip.id for clip in await self.clips() if clip.kind == "clip")[:2]
        await reels.create(self.who, self.work.job_id, NewReel(clips=(ids[0], *ids[1:])))

    async def cancel(self) -> None:
        await runs.cancel(self.who, self.work.job_id)

    async def retry(self) -> None:
        await runs.retry(self.who, self.work.job_id)

    async def clips(self) -> list[views.ClipView]:
        return (await views.of_job(self.work.user_id, self.work.job_id)).items

    def _taken(self) -> Claimed:
        self.chance.shuffle(self.held)
        return self.held.pop()


async def assert_sound(everybody: Everybody) -> None:
    """A job at work has something to do; one that is over has nothing, holds nothing, and was charged once at most."""
    job_id = everybody.work.job_id
    job = await db.fetch_one("SELECT status, credits_held FROM jobs WHERE id = $1", job_id)
    assert job is not None
    at_work = await db.fetch("SELECT 1 FROM stages WHERE job_id = $1 AND status IN ('queued', 'running')", job_id)
    entries = await db.fetch("SELECT kind, held_delta FROM credit_entries WHERE job_id = $1", job_id)
    assert (job["status"] in FINAL) != bool(at_work)
    assert sum(entry["held_delta"] for entry in entries) == job["credits_held"]
    assert [entry["kind"] for entry in entries].count("capture") <= 1
    if job["status"] in FINAL:
        assert job["credits_held"] == 0
        assert not {clip.status for clip in await everybody.clips()} & {"pending", "rendering"}


@pytest.mark.parametrize("seed", range(6))
async def test_job_is_sound_at_every_moment(work, seed):
    chance = random.Random(seed)
    everybody = Everybody(work, chance)
    await work.to_renders()

    for _ in range(40):
        await asyncio.gather(*(everybody.does(chance.choice(_DEEDS)) for _ in range(chance.choice([1, 1, 2, 4]))))
        await assert_sound(everybody)
