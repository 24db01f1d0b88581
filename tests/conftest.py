"""What all tests stand on.

Fixtures:
    database     real PostgreSQL, migrated, the process's pool open; every table is emptied after the test
    redis        real Redis through ``reelscribe.platform.redis.client()``; flushed after the test
    redis_url    its URL; flushed after the test
    database_url, home   where this session's PostgreSQL and home are (no cleaning)
    make_user    ``await make_user(email=…, role=…, credits=…)`` -> User, as often as you like
    user, stranger, admin   one of each
    shared       the shared test material (``REELSCRIBE_SHARED``, default ``../shared``); skips without it
    unique       a short string that no other test has

A test that leaves a child process behind fails (``no_process_left``). The environment has
``REELSCRIBE_HOME``, ``_DATABASE_URL``, ``_REDIS_URL`` and ``_SECRET_KEY`` before anything of ours is
imported; the servers start when the first test asks for them.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib.util
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

_WHISPERX_MUST_BE_HERE = bool(os.environ.get("REELSCRIBE_REQUIRE_WHISPERX"))
for _name in [name for name in os.environ if name.startswith("REELSCRIBE_") and name != "REELSCRIBE_SHARED"]:
    del os.environ[_name]

_HOME = Path(tempfile.mkdtemp(prefix="rs-test-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ["REELSCRIBE_HOME"] = str(_HOME)
os.environ["REELSCRIBE_SECRET_KEY"] = secrets.token_hex(32)

from reelscribe.platform.embedded import postgres as embedded_postgres  # noqa: E402 - the environment comes first
from reelscribe.platform.embedded import redis as embedded_redis  # noqa: E402 - the environment comes first
from reelscribe.platform.embedded import server  # noqa: E402 - the environment comes first

os.environ["REELSCRIBE_DATABASE_URL"] = embedded_postgres.url(_HOME)
os.environ["REELSCRIBE_REDIS_URL"] = embedded_redis.url(_HOME)

from reelscribe.platform import db, migrations, tables  # noqa: E402 - the environment comes first
from reelscribe.platform import redis as redis_pool  # noqa: E402 - the environment comes first
from reelscribe.platform.settings import current  # noqa: E402 - the environment comes first

hypothesis_settings.register_profile(
    "reelscribe", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
hypothesis_settings.load_profile("reelscribe")

if sys.platform == "linux":
    # Grandchildren whose parent ended become ours, so that no_process_left sees them (PR_SET_CHILD_SUBREAPER).
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)

# One round trip for all tables; far quicker than TRUNCATE, which makes new files for each table and index.
_EMPTY = "SET LOCAL lock_timeout = '10s'; SET LOCAL session_replication_role = replica; " + "; ".join(
    f"DELETE FROM {table._meta.tablename}" for table in tables.ALL
)


@dataclass(frozen=True)
class User:
    """A row of ``users``."""

    id: UUID
    email: str
    role: str


@pytest.fixture(scope="session")
def home() -> Path:
    return _HOME


class RunningServer:
    """PostgreSQL or Redis of this session; a test may restart it."""

    def __init__(self, prepared: server.Server) -> None:
        self._prepared = prepared
        self._process = server.start(prepared)
        self.url = prepared.url

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        server.stop(self._prepared, self._process)

    def restart(self) -> None:
        """Stop it for its clients in mid-sentence, and start it again; Redis comes back empty."""
        self.stop()
        self._process = server.start(self._prepared)


@pytest.fixture(scope="session")
def postgres_server(home: Path) -> Iterator[RunningServer]:
    running = RunningServer(embedded_postgres.prepare(home, durable=False))
    _SERVERS.append(running)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def redis_server(home: Path) -> Iterator[RunningServer]:
    running = RunningServer(embedded_redis.prepare(home, durable=False))
    _SERVERS.append(running)
    yield running
    running.stop()


_SERVERS: list[RunningServer] = []


@pytest.fixture(scope="session")
async def database_url(postgres_server: RunningServer) -> str:
    """URL of the migrated database; ``REELSCRIBE_DATABASE_URL`` has it too."""
    current.cache_clear()
    await migrations.apply()
    return postgres_server.url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[None]:
    """The pool that ``db`` uses, open; every table empty afterwards."""
    await _open_pool()
    yield
    await _open_pool()  # the test may have closed it
    async with db.transaction():
        await db.run_script(_EMPTY)


async def _open_pool() -> None:
    if db.DB.pool is None:
        await db.start()


@pytest.fixture(scope="session", autouse=True)
async def _close_pools() -> AsyncIterator[None]:
    yield
    await db.stop()
    await redis_pool.stop()


@pytest.fixture
async def redis_url(redis_server: RunningServer) -> AsyncIterator[str]:
    """URL of an empty Redis; ``REELSCRIBE_REDIS_URL`` has it too."""
    await _open_redis()
    yield redis_server.url
    await _open_redis()
    await redis_pool.client().flushall()


@pytest.fixture
async def redis(redis_url: str) -> redis_pool.Redis:
    """The process's client, as ``redis.client()`` gives it."""
    return redis_pool.client()


async def _open_redis() -> None:
    if redis_pool._client is None:
        await redis_pool.start()


MakeUser = Callable[..., Awaitable[User]]


@pytest.fixture
def make_user(database: None) -> MakeUser:
    """Make users with an account of ``credits`` (default 600, from a sign-up grant)."""

    async def make(*, email: str | None = None, role: str = "user", credits: str = "600.00") -> User:
        email = email or f"user-{secrets.token_hex(4)}@example.test"
        async with db.transaction():
            row = await db.fetch_one("INSERT INTO users (email, role) VALUES ($1, $2) RETURNING id", email, role)
            assert row is not None
            amount = Decimal(credits)
            await db.execute("INSERT INTO credit_accounts (user_id, balance) VALUES ($1, $2)", row["id"], amount)
            if amount:
                await db.execute(
                    "INSERT INTO credit_entries (user_id, kind, balance_delta, note) VALUES ($1, 'grant', $2, 'test')",
                    row["id"],
                    amount,
                )
        return User(row["id"], email, role)

    return make


@pytest.fixture
async def user(make_user: MakeUser) -> User:
    return await make_user()


@pytest.fixture
async def stranger(make_user: MakeUser) -> User:
    return await make_user()


@pytest.fixture
async def admin(make_user: MakeUser) -> User:
    return await make_user(role="admin")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out the tests of WhisperX where it is not installed; fail them where they are the point."""
    if item.get_closest_marker("whisperx") is None or importlib.util.find_spec("whisperx") is not None:
        return
    reason = "needs WhisperX, which is not installed: ./run whisperx"
    if _WHISPERX_MUST_BE_HERE:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture
def unique() -> str:
    return secrets.token_hex(6)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the shared test material: ``media/``, ``models/``, …"""
    default = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("REELSCRIBE_SHARED") or default)
    if not folder.is_dir():
        pytest.skip(f"needs the shared test material: {folder} is not there (set REELSCRIBE_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def no_process_left() -> Iterator[None]:
    """Fail the test that leaves a process running; those of session fixtures may stay."""
    before = _children()
    yield
    ours = {running.pid for running in _SERVERS}
    left = [psutil.Process(pid) for pid in _children() - before - ours if psutil.pid_exists(pid)]
    _, alive = psutil.wait_procs([process for process in left if _matters(process)], timeout=5)
    assert not alive, f"processes left behind: {[process.cmdline() for process in alive]}"


def _children() -> set[int]:
    try:
        tasks = list(Path("/proc/self/task").iterdir())
        return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}
    except OSError:  # a thread ended meanwhile, or this is not Linux
        return {process.pid for process in psutil.Process().children()}


def _matters(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "multiprocessing" not in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False
