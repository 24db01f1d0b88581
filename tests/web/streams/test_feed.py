"""Many listeners, slow listeners, and the end of the server."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from uuid import UUID

import httpx
import msgspec
import pytest
from reelscribe.platform import events
from reelscribe.platform import redis as redis_pool
from reelscribe.platform.events import EventType, Hub
from reelscribe.platform.services import credentials
from reelscribe.platform.services.sessions import Identity
from reelscribe.web.streams import feed

from tests.web.conftest import Job, Member
from tests.web.streams.conftest import Opened


async def _who(member: Member) -> Identity:
    return await credentials.identify(member.http.headers["authorization"].removeprefix("Bearer "))


async def _tell(member: Member, job: Job, number: int) -> None:
    data = {"job_id": job["id"], "number": number}
    await events.publish(EventType.PARTIAL, member.id, UUID(job["id"]), data)


async def test_redis_has_one_subscriber_when_many_browsers_listen(member: Member, job: Job, opened: Opened) -> None:
    async with contextlib.AsyncExitStack() as streams:
        opening = [opened(member, f"/api/v1/jobs/{job['id']}/events") for _ in range(10)]
        listening = [await streams.enter_async_context(each) for each in opening]
        for stream in listening:
            await stream.next()
        await _tell(member, job, 1)

        assert [(await stream.data())["number"] for stream in listening] == [1] * 10
        subscribers = await redis_pool.client().pubsub_numsub("reelscribe:events")
        assert [count for _, count in subscribers] == [1]


async def test_slow_listener_is_sent_away_and_misses_nothing_when_it_comes_back(member: Member, job: Job) -> None:
    hub, who, total = Hub(), await _who(member), 1_200
    await hub.start()
    slow = feed.of_job(hub, who, UUID(job["id"]), None)
    await anext(slow)
    await _tell(member, job, 0)
    first = await anext(slow)
    for number in range(1, total):
        await _tell(member, job, number)

    heard = [first, *[said async for said in slow]]
    back = feed.of_job(hub, who, UUID(job["id"]), heard[-1].id)
    heard += [await anext(back) for _ in range(total - len(heard) + 1)]

    await back.aclose()
    await hub.stop()
    assert [msgspec.json.decode(said.data)["number"] for said in heard if said.id] == list(range(total))


@pytest.mark.slow
async def test_server_ends_at_once_when_streams_are_open(member: Member, database_url: str) -> None:
    code = (
        "import socket, sys, uvicorn\n"
        "from reelscribe.web.app import create_app\n"
        "listening = socket.create_server(('127.0.0.1', 0))\n"
        "print(listening.getsockname()[1], flush=True)\n"
        "uvicorn.Server(uvicorn.Config(create_app(), log_config=None)).run(sockets=[listening])\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    async with (
        httpx.AsyncClient(headers=dict(member.http.headers), timeout=60) as http,
        http.stream("GET", f"http://127.0.0.1:{port}/api/v1/events") as response,
    ):
        lines = response.aiter_lines()
        await anext(lines)
        process.terminate()  # uvicorn has no time limit here: only the stream itself can end it
        with contextlib.suppress(httpx.RemoteProtocolError):
            async for _ in lines:
                pass

    assert await asyncio.wait_for(process.wait(), timeout=60) in {0, -15}
