"""How often something may be tried: a token bucket per subject, in Redis, in one atomic step.

Redis being away lets everything pass: people can still sign in, and the log says so.
"""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta

import msgspec
from redis.exceptions import RedisError

from .. import logs, redis
from ..errors import RateLimited, Unavailable

log = logs.get("rate_limits")


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """``burst`` tries at once; after that one more each ``per / burst``."""

    name: str
    burst: int
    per: timedelta


LOGIN_BY_ADDRESS = Limit(name="login-address", burst=100, per=timedelta(minutes=5))
LOGIN_BY_ACCOUNT = Limit(name="login-account", burst=10, per=timedelta(minutes=5))
REGISTER_BY_ADDRESS = Limit(name="register-address", burst=60, per=timedelta(hours=1))
REFRESH_BY_ADDRESS = Limit(name="refresh-address", burst=300, per=timedelta(minutes=5))

# Generic cell rate algorithm: one number per subject, the theoretical arrival time in milliseconds.
# Returns 0 when the try is allowed, else the milliseconds to wait.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local step, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = due + step - now - step * burst
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], due + step, 'PX', math.ceil(due + step - now))
return 0
"""


async def take(limit: Limit, subject: str) -> None:
    """Count one try of ``subject``.

    Raises:
        RateLimited: too many; the fact ``retry_after`` says how many seconds to wait.
    """
    step_ms = limit.per.total_seconds() * 1000 / limit.burst
    # Hashed: addresses of people do not lie readable in Redis, and the key has a bounded length.
    key = f"reelscribe:limit:{limit.name}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
    try:
        wait_ms = int(await redis.client().eval(_TAKE, 1, key, step_ms, limit.burst))
    except (RedisError, Unavailable) as exc:
        log.warning("rate_limit_not_checked", limit=limit.name, error=str(exc))
        return
    if wait_ms > 0:
        raise RateLimited(retry_after=math.ceil(wait_ms / 1000))
