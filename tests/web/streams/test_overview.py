"""The admins' stream: one picture for all, again when it has changed, for admins only."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.services import credentials, sessions
from reelscribe.platform.services.overview import picture
from reelscribe.platform.services.overview.picture import Shared
from reelscribe.web.streams import overview

from tests.web.conftest import MakeMember, Member
from tests.web.pages.conftest import MakeBrowser, make_browser  # noqa: F401 - a fixture
from tests.web.streams.conftest import Opened

NOW = timedelta(0)


@pytest.fixture
async def boss(make_member: MakeMember) -> Member:
    return await make_member(role="admin")


async def _who(member: Member) -> sessions.Identity:
    return await credentials.identify(member.http.headers["authorization"].removeprefix("Bearer "))


async def test_stream_begins_with_the_picture(boss: Member, opened: Opened) -> None:
    async with opened(boss, "/api/v1/admin/events") as stream:
        first = await stream.next()

    assert first.event == "overview"
    assert {"at", "queues", "workers", "engines", "health"} <= set(first.json())


async def test_stream_tells_what_changes(boss: Member, opened: Opened) -> None:
    async with opened(boss, "/api/v1/admin/events") as stream:
        await stream.next()
        await boss.http.post("/api/v1/admin/queues/engine.high/pause", json={"reason": "new disks"})

        async with asyncio.timeout(30):
            while not (stopped := (await stream.data())["queues"]["stopped"]):
                pass

    assert [each["reason"] for each in stopped] == ["new disks"]


async def test_page_hears_the_stream_with_its_cookie(boss: Member, make_browser: MakeBrowser) -> None:  # noqa: F811 - a fixture
    browser = await make_browser(boss)

    async with browser.http.stream("GET", "/admin/events") as response:
        lines = response.aiter_lines()
        first = await asyncio.wait_for(anext(lines), timeout=30)

    assert response.headers["content-type"].startswith("text/event-stream")
    assert first == "event: overview"


async def test_nothing_is_said_when_nothing_changed(boss: Member) -> None:
    kept = await picture.look()
    looks = 0

    async def look() -> picture.Picture:
        nonlocal looks
        looks += 1
        shown = kept.engines if looks < 4 else kept.engines[1:]
        return msgspec.structs.replace(kept, at=kept.at + timedelta(seconds=looks), engines=shown)

    seen = overview.pictures(Shared(look, every=NOW), await _who(boss), every=NOW)
    said = [await anext(seen) for _ in range(2)]
    await seen.aclose()

    assert [(one.at - kept.at).total_seconds() for one in said] == [1, 4]


@pytest.mark.parametrize("change", ["role = 'user'", "disabled_at = now()"])
async def test_stream_ends_when_the_admin_is_none_any_more(boss: Member, change: str) -> None:
    seen = overview.pictures(Shared(picture.look, every=NOW), await _who(boss), every=NOW)
    await anext(seen)
    await db.execute(f"UPDATE users SET {change} WHERE id = $1", boss.id)

    async with asyncio.timeout(30):
        rest = [one async for one in seen]

    assert len(rest) < 5


async def test_stream_ends_when_the_admin_signs_out(boss: Member) -> None:
    who = await _who(boss)
    seen = overview.pictures(Shared(picture.look, every=NOW), who, every=NOW)
    await anext(seen)
    await sessions.close(who)

    async with asyncio.timeout(30):
        rest = [one async for one in seen]

    assert len(rest) < 5
