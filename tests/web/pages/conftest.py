"""Browsers without a window: clients that keep cookies and repeat the CSRF token, as forms do.

Fixtures:
    make_browser   ``await make_browser(account)`` -> a ``Browser``, signed in as the account or, with None, nobody
    anonymous, browser, other   one that is nobody, ``member`` and ``outsider``
    media_id, job_id   of ``member``; the job waits for a worker that never comes
    finished       ``await finished(job_id, *segments)`` gives a job a transcript and ends it
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import httpx
import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.transcript import EngineName, Segment, Speaker, Transcript
from reelscribe.platform.services import sessions, transcripts
from reelscribe.web import csrf
from reelscribe.web.guards import SESSION_COOKIE

from tests.web.conftest import CERTIFICATES, Job, Member


class Browser:
    """Sends what a browser without JavaScript sends."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form as our pages hold it, with the token."""
        return await self.http.post(path, data={"_csrf_token": await self.token(), **fields})

    async def token(self) -> str:
        if csrf.COOKIE not in self.http.cookies:
            await self.http.get("/login")
        return self.http.cookies[csrf.COOKIE]


MakeBrowser = Callable[[Member | None], Awaitable[Browser]]


@pytest.fixture
async def make_browser(server: str, http: httpx.AsyncClient) -> AsyncIterator[MakeBrowser]:
    opened: list[httpx.AsyncClient] = []

    async def make(member: Member | None) -> Browser:
        cookies = {}
        if member is not None:
            cookies[SESSION_COOKIE] = await sessions.open_page(member.id, sessions.Device())
        settings = {"headers": {"accept": "text/html"}, "cookies": cookies, "timeout": 30, "verify": CERTIFICATES}
        opened.append(httpx.AsyncClient(base_url=server, **settings))
        return Browser(opened[-1])

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
async def anonymous(make_browser: MakeBrowser) -> Browser:
    return await make_browser(None)


@pytest.fixture
async def browser(make_browser: MakeBrowser, member: Member) -> Browser:
    return await make_browser(member)


@pytest.fixture
async def other(make_browser: MakeBrowser, outsider: Member) -> Browser:
    return await make_browser(outsider)


@pytest.fixture
def job_id(job: Job) -> str:
    return str(job["id"])


Finished = Callable[..., Awaitable[None]]

HELLO = Segment(id="s1", start=0.5, end=2.0, speaker="S1", text="Hello there.")


@pytest.fixture
def finished() -> Finished:
    async def finish(job_id: str, *segments: Segment) -> None:
        chosen = segments or (HELLO,)
        text = Transcript(
            version=1,
            language="en",
            duration=chosen[-1].end,
            engine=EngineName(name="stub", model="stub"),
            speakers=(Speaker(id="S1", label="Speaker 1"),),
            segments=chosen,
        )
        async with db.transaction():
            await transcripts.store(UUID(job_id), text, run=1)
            await db.execute(
                "UPDATE jobs SET status = 'completed', progress = 100, finished_at = now() WHERE id = $1", UUID(job_id)
            )

    return finish
