"""How the work of a stage tells its progress; implements the engines' ``Reporter`` and ``Memory``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from ..platform import events, logs
from ..platform.domain.transcript import Segment
from ..platform.errors import Unavailable
from ..platform.services import stages
from ..platform.services.chunks import Chunk
from ..platform.services.stages import Claimed

log = logs.get("worker")


class Report:
    """Collects the progress; the heartbeat stores it and tells the browsers.

    ``stop_asked``: the soft time limit has come; who can keep what is done and go on later, should.
    """

    def __init__(self, stage: Claimed | Chunk) -> None:
        self._stage = stage
        self._told = (-1, "")
        self._beat = asyncio.Event()
        self.fraction = 0.0
        self.stop_asked = asyncio.Event()

    async def progress(self, fraction: float) -> None:
        """Note that ``fraction`` (0 to 1) is done."""
        self.fraction = max(self.fraction, min(fraction, 1.0))

    def part(self, begin: float, end: float) -> Callable[[float], Awaitable[None]]:
        """Return what takes the fractions (0 to 1) of a part of the stage, from ``begin`` to ``end`` of it."""

        async def progress(fraction: float) -> None:
            await self.progress(begin + (end - begin) * fraction)

        return progress

    async def next_beat(self) -> None:
        """Return after the next heartbeat, to look again at what others do."""
        await self._beat.wait()

    def beat(self) -> None:
        """Wake who waits for the heartbeat."""
        self._beat.set()
        self._beat = asyncio.Event()

    async def partial(self, segments: Sequence[Segment]) -> None:
        """Pass finished segments on at once."""
        data = {"job_id": self._stage.job_id, "segments": segments}
        await events.publish(events.EventType.PARTIAL, self._stage.user_id, self._stage.job_id, data)

    async def start_over(self) -> None:
        """Say that the segments passed on so far are void: another engine begins from the start."""
        data = {"job_id": self._stage.job_id, "segments": [], "restart": True}
        await events.publish(events.EventType.PARTIAL, self._stage.user_id, self._stage.job_id, data)

    async def remember(self, note: str) -> None:
        """Keep the note for the next attempt at the stage; a lost one costs time, so it is never an error."""
        if isinstance(self._stage, Claimed):
            try:
                await stages.notes.keep(self._stage, note)
            except Unavailable as exc:
                log.warning("note_not_kept", stage_id=str(self._stage.stage_id), error=str(exc))

    async def remembered(self) -> str | None:
        """Return the note that this or an earlier attempt has kept."""
        if not isinstance(self._stage, Claimed):
            return None
        try:
            return await stages.notes.kept(self._stage)
        except Unavailable:
            return None

    async def tell(self, percent: int) -> None:
        """Publish the job's progress in percent if it changed."""
        if self._told == (percent, self._stage.name):
            return
        self._told = (percent, self._stage.name)
        data = {
            "job_id": self._stage.job_id,
            "status": "processing",
            "stage": self._stage.name,
            "progress": percent,
            "stage_progress": round(self.fraction, 3),
        }
        await events.publish(events.EventType.PROGRESS, self._stage.user_id, self._stage.job_id, data)
