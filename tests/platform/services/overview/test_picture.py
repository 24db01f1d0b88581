"""One look for all who look at the same time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from reelscribe.platform.errors import Unavailable
from reelscribe.platform.services.overview import picture
from reelscribe.platform.services.overview.picture import Shared


class Eye:
    """Counts how often it looked."""

    def __init__(self) -> None:
        self.looks = 0

    async def look(self) -> int:
        self.looks += 1
        await asyncio.sleep(0)  # the others may ask meanwhile
        return self.looks


async def test_many_share_one_look_when_they_ask_together() -> None:
    eye = Eye()
    shared = Shared(eye.look, every=timedelta(hours=1))

    seen = await asyncio.gather(*(shared.now() for _ in range(20)))

    assert (set(seen), eye.looks) == ({1}, 1)


async def test_look_is_fresh_when_the_last_one_is_too_old() -> None:
    eye = Eye()
    shared = Shared(eye.look, every=timedelta(0))

    assert [await shared.now(), await shared.now()] == [1, 2]


async def test_failed_look_is_not_kept() -> None:
    eye = Eye()

    async def look() -> int:
        if await eye.look() == 1:
            raise Unavailable("once")
        return eye.looks

    shared = Shared(look, every=timedelta(hours=1))
    with pytest.raises(Unavailable):
        await shared.now()

    assert await shared.now() == 2


@pytest.mark.usefixtures("database", "redis")
async def test_picture_has_everything() -> None:
    seen = await picture.look()

    assert len(seen.queues.items) == 15
    assert seen.engines
    assert seen.workers == []
    assert seen.health.findings
