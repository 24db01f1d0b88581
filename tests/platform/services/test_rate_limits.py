"""Rate limits on a real Redis."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from reelscribe.platform import redis as redis_pool
from reelscribe.platform.errors import RateLimited
from reelscribe.platform.services import rate_limits
from reelscribe.platform.services.rate_limits import Limit

LIMIT = Limit(name="test", burst=5, per=timedelta(hours=1))


async def _tries(count: int, subject: str) -> list[BaseException | None]:
    return await asyncio.gather(*(rate_limits.take(LIMIT, subject) for _ in range(count)), return_exceptions=True)


async def test_burst_passes_and_the_rest_waits_when_many_come_at_once(redis: redis_pool.Redis) -> None:
    results = await _tries(20, "ann")

    assert sum(result is None for result in results) == 5
    refused = [result for result in results if isinstance(result, RateLimited)]
    assert len(refused) == 15
    # One more each 3600 s / 5 = 720 s.
    assert all(700 < int(str(each.facts["retry_after"])) <= 720 for each in refused)


async def test_others_pass_when_one_is_limited(redis: redis_pool.Redis) -> None:
    results = await _tries(6, "ann")

    assert any(isinstance(result, RateLimited) for result in results)
    await rate_limits.take(LIMIT, "bob")


async def test_limit_forgets_by_itself_when_time_passes(redis: redis_pool.Redis) -> None:
    await _tries(1, "ann")

    [key] = await redis.keys("reelscribe:limit:test:*")
    assert 0 < await redis.pttl(key) <= 720_000
    assert "ann" not in key


async def test_limit_passes_when_redis_is_away(redis_url: str) -> None:
    await redis_pool.stop()

    assert await _tries(20, "ann") == [None] * 20
