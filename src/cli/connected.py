"""The servers that a command needs: those of the settings, those that 'up' runs, or PostgreSQL for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ..platform.embedded import postgres, redis, server
from ..platform.settings import current
from . import home as homes

T = TypeVar("T")


def attach() -> None:
    """Take URLs and secret key that are not set from the servers that run in the home, if they do."""
    home = homes.folder()
    if not current().database_url and postgres.running(home):
        homes.set_environment(DATABASE_URL=postgres.url(home))
    if not current().redis_url and redis.running(home):
        homes.set_environment(REDIS_URL=redis.url(home))
    if not current().secret_key and (home / "secret.key").exists():
        homes.set_environment(SECRET_KEY_FILE=str(home / "secret.key"))


@contextmanager
def database() -> Iterator[None]:
    """Make sure that there is a PostgreSQL to speak to during the block.

    Raises:
        Misconfigured: the home is read-only or full.
        Conflict: 'up' is just starting or stopping in this home.
    """
    attach()
    if current().database_url:
        yield
        return
    home = homes.folder()
    with homes.alone_in(home):
        prepared = postgres.prepare(home)
        process = server.start(prepared)
        homes.set_environment(DATABASE_URL=prepared.url)
        try:
            yield
        finally:
            server.stop(prepared, process)


def with_database(work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work`` with the pool open and the schema up to date; returns its result."""
    with database():
        return asyncio.run(_migrated(work))


async def _migrated(work: Callable[[], Awaitable[T]]) -> T:
    from ..platform import db, migrations

    await db.start(size=2)
    try:
        await migrations.apply()
        return await work()
    finally:
        await db.stop()
