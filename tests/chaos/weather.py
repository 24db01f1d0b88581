"""In which order things break: the seed shuffles all faults, again and again until there is enough."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random

from redis.exceptions import RedisError
from reelscribe.platform.errors import Unavailable

from .faults import Fault
from .world import World

_TRIES = 40


class Weather:
    """Strikes with one fault after the other, ``gap`` seconds apart; several may last at the same time."""

    def __init__(self, world: World, rng: Random, faults: Sequence[Fault], *, gap: tuple[float, float]) -> None:
        self._world = world
        self._rng = rng
        self._faults = faults
        self._gap = gap
        self._busy: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def rage(self, is_enough: Callable[[], bool]) -> None:
        """Deal all faults, then all of them anew, until it ``is_enough``; returns when the last one is over."""
        async with asyncio.TaskGroup() as strikes:
            dealt = 0
            while dealt < len(self._faults) or not is_enough():
                if dealt % len(self._faults) == 0:
                    deck = self._rng.sample(self._faults, len(self._faults))
                strikes.create_task(self._strike(deck[dealt % len(deck)], Random(self._rng.random())))
                dealt += 1
                await asyncio.sleep(self._rng.uniform(*self._gap))

    async def _strike(self, fault: Fault, rng: Random) -> None:
        async with self._busy[fault.target]:
            for _ in range(_TRIES):
                if await self._struck(fault, rng):
                    return
                await asyncio.sleep(0.5)
        self._world.say(f"nothing to break: {fault.name}")

    async def _struck(self, fault: Fault, rng: Random) -> bool:
        began = time.monotonic()
        try:
            if not await fault.act(self._world, rng):
                return False
        except (Unavailable, RedisError):  # another fault was in the way
            return False
        self._world.done[fault.name] += 1
        lasted = time.monotonic() - began
        self._world.say(f"{fault.name}" + (f" for {lasted:.1f} s" if lasted > 1 else ""))
        return True
