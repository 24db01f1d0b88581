"""PostgreSQL: one connection pool per process, transactions, and raw queries where speed counts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from .errors import BadInput, Misconfigured, Unavailable
from .settings import current

Row = Mapping[str, Any]

# What passes by itself. OSError: the socket of a server that restarts is refused, reset or not there.
_PASSING = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a query just when the server says that it ends the connection
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)

_after_commit: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_commit", default=None)


# PostgreSQL stores every character but NUL.
_UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


class _Engine(PostgresEngine):
    """Piccolo's engine, which must not connect (and warn, and run an event loop) while it is imported."""

    async def check_version(self) -> None:
        """Leave the check to ``start``."""


DB = _Engine(config={"dsn": current().database_url}, extensions=())


async def start(*, size: int | None = None) -> None:
    """Open the pool to ``REELSCRIBE_DATABASE_URL``.

    Raises:
        Misconfigured: no URL is set, or PostgreSQL refuses it.
        Unavailable: PostgreSQL does not answer.
    """
    if not current().database_url:
        raise Misconfigured("REELSCRIBE_DATABASE_URL is not set", hint="'reelscribe up' brings its own PostgreSQL.")
    DB.config["dsn"] = current().database_url
    try:
        await DB.start_connection_pool(
            min_size=1, max_size=size or current().database_pool_size, reset=_nothing_to_reset
        )
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as exc:
        raise Misconfigured(f"PostgreSQL refuses REELSCRIBE_DATABASE_URL: {exc}") from exc
    except (OSError, asyncpg.PostgresError) as exc:
        raise Unavailable(f"PostgreSQL does not answer: {exc}") from exc


async def _nothing_to_reset(_connection: asyncpg.Connection) -> None:
    # asyncpg ends an open transaction by itself. Its default then asks the server to RESET ALL, UNLISTEN and
    # so on, which costs every query a second round trip; nothing of ours outlives a transaction.
    return


async def stop() -> None:
    """Close the pool."""
    if DB.pool is not None:
        await DB.close_connection_pool()


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Run the block in one transaction; inside another one it joins that one.

    Keep it short: no network, no child process inside.
    """
    if DB.current_transaction.get() is not None:
        yield
        return
    later: list[Callable[[], None]] = []
    token = _after_commit.set(later)
    try:
        async with _acquired() as connection, _begun(connection):
            yield
    finally:
        _after_commit.reset(token)
    for action in later:
        action()


@asynccontextmanager
async def _begun(connection: Any) -> AsyncIterator[None]:
    # Piccolo's own context manager keeps the task's transaction set when the connection dies in it, and its
    # connection when it is cancelled while it begins; this one forgets both, whatever happens.
    ours = connection.transaction()
    with _translated():
        await ours.start()
    before = DB.current_transaction.set(_joinable(connection))
    try:
        yield
    except BaseException:
        with suppress(*_PASSING):
            await ours.rollback()
        raise
    else:
        with _translated():
            await ours.commit()
    finally:
        DB.current_transaction.reset(before)


def _joinable(connection: Any) -> PostgresTransaction:
    """Return what Piccolo's queries look for to run in the surrounding transaction."""
    joinable = PostgresTransaction(DB)
    joinable.connection = connection
    return joinable


def after_commit(action: Callable[[], None]) -> None:
    """Run ``action`` once the surrounding transaction is committed; at once where there is none."""
    later = _after_commit.get()
    if later is None:
        action()
    else:
        later.append(action)


async def fetch(sql: str, *args: object) -> Sequence[Row]:
    """Return the rows of ``sql`` (with ``$1`` placeholders), in the surrounding transaction if there is one."""
    async with _connection() as connection:
        rows: Sequence[Row] = await connection.fetch(sql, *args)
        return rows


async def fetch_one(sql: str, *args: object) -> Row | None:
    """Return the first row of ``sql``, or None."""
    async with _connection() as connection:
        row: Row | None = await connection.fetchrow(sql, *args)
        return row


async def execute(sql: str, *args: object) -> int:
    """Run ``sql`` and return the number of rows it touched."""
    async with _connection() as connection:
        status: str = await connection.execute(sql, *args)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0


async def run_script(sql: str) -> None:
    """Run several statements parted by semicolons, in the surrounding transaction; for migrations."""
    async with _connection() as connection:
        await connection.execute("SET LOCAL lock_timeout = '10s'")
        await connection.execute(sql)


@asynccontextmanager
async def _connection() -> AsyncIterator[Any]:
    transaction_now = DB.current_transaction.get()
    if transaction_now is not None:
        with _translated():
            yield transaction_now.connection
        return
    async with _acquired() as connection:
        with _translated():
            yield connection


@asynccontextmanager
async def _acquired() -> AsyncIterator[Any]:
    if DB.pool is None:
        raise Unavailable("The connection pool to PostgreSQL is not open")
    with _translated():
        connection = await DB.pool.acquire()
    try:
        yield connection
    finally:
        with suppress(*_PASSING):  # a dead connection leaves the pool all the same
            await DB.pool.release(connection)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn a lost connection, a restarting server or a deadlock into ``Unavailable``: all pass by themselves."""
    try:
        yield
    except _PASSING as exc:
        raise Unavailable(f"PostgreSQL did not answer: {exc}") from exc
    except _UNSTORABLE as exc:
        raise BadInput("The text has a character that cannot be stored, such as NUL.") from exc
