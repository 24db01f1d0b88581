"""The list of engines over HTTP."""

from __future__ import annotations

import httpx

from tests.web.conftest import Member


async def test_engines_are_listed_for_who_has_signed_in(member: Member) -> None:
    answer = await member.http.get("/api/v1/engines")

    assert answer.status_code == 200
    offers = {each["name"]: each for each in answer.json()["items"]}
    assert {"auto", "local", "whisperx", "assemblyai", "gemini", "stub"} <= offers.keys()
    assert offers["stub"]["takes_text"] is True


async def test_engines_are_not_shown_to_strangers(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/engines")

    assert answer.status_code == 401


async def test_job_of_the_engine_auto_is_accepted(member: Member, media_id: str) -> None:
    body = {"media_id": media_id, "engine": "auto", "engines": ["stub"], "hotwords": ["Reelscribe"], "prompt": "A talk"}

    answer = await member.http.post("/api/v1/jobs", json=body)

    assert (answer.status_code, answer.json()["engine"]) == (202, "auto")
