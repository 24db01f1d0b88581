"""The web application behind a real HTTP server on a free port, in the tests' own loop.

Fixtures:
    server     base URL of the running application; one per test module
    http       ``httpx.AsyncClient`` to it, nobody signed in; database and Redis are empty afterwards
    member, outsider   ``Member`` of two different users: ``member.http`` sends their access token
    make_media   ``await make_media(member)`` -> id of a one-minute recording of theirs
    media_id     one of ``member``
    job          a job of ``member``, as the API returned it
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from reelscribe.platform import db
from reelscribe.platform import redis as redis_pool
from reelscribe.platform.security import passwords
from reelscribe.platform.services import accounts, sessions
from reelscribe.web.app import create_app

PASSWORD = "correct horse battery"


# Two costs of every member that add up to minutes: a hash as slow as it should be, and reading all certificates.
_QUICK = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CERTIFICATES = httpx.create_ssl_context()


@dataclass(frozen=True)
class Member:
    """A registered user and a client that sends their access token."""

    id: UUID
    email: str
    http: httpx.AsyncClient


@pytest.fixture(scope="package", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords cheaply; how strong ours are is tested in tests/platform/security."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", _QUICK)
        patch.setattr(passwords, "_decoy", lambda: _DECOY)
        yield


_DECOY = _QUICK.hash("decoy")


@pytest.fixture(scope="module")
async def server(database_url: str, redis_server: object) -> AsyncIterator[str]:
    await db.stop()  # the application opens both pools itself
    await redis_pool.stop()
    config = uvicorn.Config(create_app(), host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=5)
    running = _Server(config)
    task = asyncio.create_task(running.serve())
    await asyncio.wait_for(running.ready.wait(), timeout=30)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    await task


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture
async def http(server: str, database: None, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server, timeout=30, verify=CERTIFICATES) as client:
        yield client
    sessions.known.drop(lambda _: True)


MakeMember = Callable[..., Awaitable[Member]]


@pytest.fixture
async def make_member(server: str, http: httpx.AsyncClient) -> AsyncIterator[MakeMember]:
    opened: list[httpx.AsyncClient] = []

    async def make(*, role: accounts.Role = "user") -> Member:
        account = await accounts.create(f"{secrets.token_hex(6)}@example.test", PASSWORD, role=role)
        tokens = await sessions.open_tokens(account.id, sessions.Device())
        headers = {"Authorization": f"Bearer {tokens.access_token}"}
        opened.append(httpx.AsyncClient(base_url=server, headers=headers, timeout=30, verify=CERTIFICATES))
        return Member(account.id, account.email, opened[-1])

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
async def member(make_member: MakeMember) -> Member:
    return await make_member()


@pytest.fixture
async def outsider(make_member: MakeMember) -> Member:
    return await make_member()


MakeMedia = Callable[..., Awaitable[str]]
Job = dict[str, Any]


@pytest.fixture
def make_media(unique: str) -> MakeMedia:
    count = 0

    async def make(member: Member, *, filename: str = "lecture.mp4", kind: str = "video") -> str:
        nonlocal count
        count += 1
        row = await db.fetch_one(
            "INSERT INTO media (user_id, filename, storage_key, size_bytes, sha256, content_type, kind,"
            " duration_seconds) VALUES ($1, $2, $3, 1000, repeat('0', 64), 'video/mp4', $4, 60) RETURNING id",
            member.id,
            filename,
            f"media/{unique}-{count}",
            kind,
        )
        assert row is not None
        return str(UUID(str(row["id"])))

    return make


@pytest.fixture
async def media_id(member: Member, make_media: MakeMedia) -> str:
    return await make_media(member)


@pytest.fixture
async def job(member: Member, media_id: str) -> Job:
    answer = await member.http.post("/api/v1/jobs", json={"media_id": media_id, "engine": "stub"})
    assert answer.status_code == 202, answer.text
    found: Job = answer.json()
    return found
