"""Redis: one bounded async pool per process. It carries messages and events, and may lose all of them."""

from __future__ import annotations

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from .errors import Misconfigured, Unavailable
from .settings import current

_client: Redis | None = None


async def start() -> None:
    """Open the pool to ``REELSCRIBE_REDIS_URL``.

    Raises:
        Misconfigured: no URL is set, or it cannot be understood.
        Unavailable: Redis does not answer.
    """
    global _client  # noqa: PLW0603 - one pool per process, opened and closed with it
    if not current().redis_url:
        raise Misconfigured("REELSCRIBE_REDIS_URL is not set", hint="'reelscribe up' brings its own Redis.")
    opened = Redis(connection_pool=_pool(current().redis_url, current().redis_pool_size))
    try:
        await opened.ping()
    except RedisError as exc:
        await opened.aclose(close_connection_pool=True)
        raise Unavailable(f"Redis does not answer: {exc}") from exc
    _client = opened


async def stop() -> None:
    """Close the pool."""
    global _client  # noqa: PLW0603 - see start
    if _client is not None:
        await _client.aclose(close_connection_pool=True)
        _client = None


def client() -> Redis:
    """Return the process's client.

    Raises:
        Unavailable: ``start`` has not run.
    """
    if _client is None:
        raise Unavailable("The connection to Redis is not open")
    return _client


def _pool(url: str, size: int) -> BlockingConnectionPool:
    # Blocking: redis-py's default pool raises at its limit, which turns a burst of requests into errors.
    try:
        return BlockingConnectionPool.from_url(
            url,
            max_connections=size,
            timeout=10,
            socket_connect_timeout=5,
            health_check_interval=30,
            decode_responses=True,
            socket_timeout=10,
            # One more try on a connection that died idle; longer pauses would hold up a request.
            retry=Retry(NoBackoff(), 1),
        )
    except ValueError as exc:
        raise Misconfigured(f"REELSCRIBE_REDIS_URL cannot be used: {exc}") from exc
