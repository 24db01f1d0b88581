"""PostgreSQL and Redis of one run, which the chaos may stop in any way."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

from reelscribe.platform.embedded import postgres, redis, server

_READY_SECONDS = 60


class Restartable:
    """A server and its process. All of it happens on the main thread: the kernel ends it with that thread."""

    def __init__(self, prepared: server.Server) -> None:
        self._prepared = prepared
        self._process = server.launch(prepared)
        self.url = prepared.url

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> None:
        """Return once clients can connect."""
        deadline = time.monotonic() + _READY_SECONDS
        while not self._prepared.ready(self._process.pid):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise server.failed_start(self._prepared)
            await asyncio.sleep(0.05)

    async def restart(self, number: signal.Signals | None = None, *, away_seconds: float = 0.0) -> None:
        """Stop it with signal ``number``, leave it away for a while and start it again."""
        await self.stop(number)
        await asyncio.sleep(away_seconds)
        self._process = server.launch(self._prepared)
        await self.ready()

    async def stop(self, number: signal.Signals | None = None) -> None:
        """End it with signal ``number``, politely if there is none."""
        self._process.send_signal(number or self._prepared.stop_signal)
        while self._process.poll() is None:  # noqa: ASYNC110 - the end of a process is no event
            await asyncio.sleep(0.05)


class Servers:
    """Both. What PostgreSQL has committed survives everything; Redis forgets all when it stops."""

    def __init__(self, home: Path) -> None:
        self.postgres = Restartable(postgres.prepare(home, durable=True))
        self.redis = Restartable(redis.prepare(home, durable=False))

    async def ready(self) -> None:
        """Return once clients can connect to both."""
        await self.postgres.ready()
        await self.redis.ready()

    async def stop(self) -> None:
        """End both politely."""
        await self.redis.stop()
        await self.postgres.stop()
