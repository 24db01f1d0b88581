"""Clips over HTTP: list, look, change, put together, take along."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from reelscribe.platform import db

from tests.web import clip_rows
from tests.web.conftest import Job, Member


@pytest.fixture
async def clips(job: Job) -> list[str]:
    return await clip_rows.finished(UUID(job["id"]))


async def test_list_has_the_clips_in_the_order_of_the_recording(member: Member, job: Job, clips: list[str]) -> None:
    answer = await member.http.get(f"/api/v1/jobs/{job['id']}/clips")

    assert answer.status_code == 200, answer.text
    assert [clip["id"] for clip in answer.json()["items"]] == clips
    assert answer.json()["next_cursor"] is None


async def test_clip_has_what_the_contract_names(member: Member, job: Job, clips: list[str]) -> None:
    clip = (await member.http.get(f"/api/v1/clips/{clips[0]}")).json()

    assert clip["job_id"] == job["id"]
    assert (clip["title"], clip["reason"], clip["score"]) == ("Part 0", "It is <b>good</b>.", 0.5)
    assert (clip["topics"], clip["spans"]) == (["rivers"], [{"start": 0.0, "end": 10.0}])
    assert (clip["duration"], clip["status"], clip["subtitles"], clip["aspect"]) == (10.0, "ready", True, "source")
    assert clip["url"].endswith(f"/api/v1/clips/{clips[0]}/content")


async def test_failed_clip_says_why_and_has_no_url(member: Member, clips: list[str]) -> None:
    clip = (await member.http.get(f"/api/v1/clips/{clips[2]}")).json()

    assert (clip["status"], clip["url"]) == ("failed", None)
    assert clip["error"]["message"] == "ffmpeg failed."


@pytest.mark.parametrize(
    ("part", "kind"), [("content", "video/mp4"), ("poster", "image/jpeg"), ("preview", "image/webp")]
)
async def test_files_come_in_ranges(member: Member, clips: list[str], part: str, kind: str) -> None:
    whole = await member.http.get(f"/api/v1/clips/{clips[0]}/{part}")
    some = await member.http.get(f"/api/v1/clips/{clips[0]}/{part}", headers={"Range": "bytes=4-9"})

    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, clip_rows.VIDEO, kind)
    assert (some.status_code, some.content) == (206, clip_rows.VIDEO[4:10])


async def test_file_of_a_clip_without_one_is_a_conflict(member: Member, clips: list[str]) -> None:
    answer = await member.http.get(f"/api/v1/clips/{clips[2]}/content")

    assert answer.status_code == 409
    assert "no file yet" in answer.json()["detail"]


@pytest.mark.parametrize(("form", "part"), [("srt", "00:00:00,000 --> "), ("vtt", "WEBVTT"), ("ass", "[Script Info]")])
async def test_subtitles_are_on_the_time_of_the_clip(member: Member, clips: list[str], form: str, part: str) -> None:
    answer = await member.http.get(f"/api/v1/clips/{clips[1]}/subtitles", params={"format": form})

    assert answer.status_code == 200, answer.text
    assert part in answer.text
    assert "word20" in answer.text
    assert "word19" not in answer.text


async def test_change_asks_for_a_new_file_and_keeps_the_old(member: Member, job: Job, clips: list[str]) -> None:
    answer = await member.http.patch(f"/api/v1/clips/{clips[0]}", json={"title": "Better", "aspect": "9:16"})

    assert answer.status_code == 200, answer.text
    clip = answer.json()
    assert (clip["title"], clip["aspect"], clip["status"], clip["is_stale"]) == ("Better", "9:16", "pending", True)
    assert (await member.http.get(f"/api/v1/clips/{clips[0]}/content")).content == clip_rows.VIDEO
    assert (await member.http.get(f"/api/v1/jobs/{job['id']}")).json()["status"] == "pending"


@pytest.mark.parametrize(
    "body",
    [
        {"title": ""},
        {"aspect": "3:1"},
        {"start": -1},
        {"start": 8, "end": 3},
        {"spans": []},
        {"spans": [{"start": 3, "end": 3}]},
        {"style": "loud"},
        {"colour": "red"},
        {"words": [{"start": 1, "end": 2, "text": ""}]},
        {"subtitles": "yes"},
        {"revision": 0},
    ],
)
async def test_change_is_refused_when_it_makes_no_sense(member: Member, clips: list[str], body: dict) -> None:
    answer = await member.http.patch(f"/api/v1/clips/{clips[0]}", json=body)

    assert answer.status_code == 422, answer.text
    assert (await member.http.get(f"/api/v1/clips/{clips[0]}")).json()["revision"] == 1


async def test_change_that_finds_nothing_to_do_says_so(member: Member, clips: list[str]) -> None:
    answer = await member.http.patch(f"/api/v1/clips/{clips[0]}", json={"remove_fillers": True})

    assert answer.status_code == 200, answer.text
    assert [notice["code"] for notice in answer.json()["notices"]] == ["no_fillers", "unchanged"]


async def test_change_of_another_revision_is_refused(member: Member, clips: list[str]) -> None:
    first = await member.http.patch(f"/api/v1/clips/{clips[0]}", json={"title": "Better", "revision": 1})

    second = await member.http.patch(f"/api/v1/clips/{clips[0]}", json={"title": "Best", "revision": 1})

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["revision"] == 2


async def test_deleted_clip_is_not_found(member: Member, job: Job, clips: list[str]) -> None:
    answer = await member.http.delete(f"/api/v1/clips/{clips[0]}")

    assert answer.status_code == 204
    assert (await member.http.get(f"/api/v1/clips/{clips[0]}")).status_code == 404
    assert len((await member.http.get(f"/api/v1/jobs/{job['id']}/clips")).json()["items"]) == 2


async def test_reel_is_made_once_for_one_key(member: Member, job: Job, clips: list[str]) -> None:
    headers = {"Idempotency-Key": "reel-1"}
    body = {"clips": clips[:2], "title": "Best of"}

    first = await member.http.post(f"/api/v1/jobs/{job['id']}/reels", json=body, headers=headers)
    second = await member.http.post(f"/api/v1/jobs/{job['id']}/reels", json=body, headers=headers)

    assert first.status_code == 202, first.text
    assert (first.json()["kind"], first.json()["id"]) == ("reel", second.json()["id"])
    assert first.headers["location"] == f"/api/v1/clips/{first.json()['id']}"
    count = await db.fetch_one("SELECT count(*) AS n FROM clips WHERE kind = 'reel'")
    assert count is not None
    assert count["n"] == 1


async def test_reel_of_nothing_is_refused(member: Member, job: Job, clips: list[str]) -> None:
    answer = await member.http.post(f"/api/v1/jobs/{job['id']}/reels", json={"clips": []})

    assert answer.status_code == 422


_ROUTES = [
    ("GET", "/api/v1/jobs/{job}/clips", None),
    ("POST", "/api/v1/jobs/{job}/reels", {"clips": ["00000000-0000-4000-8000-000000000000"]}),
    ("GET", "/api/v1/clips/{clip}", None),
    ("PATCH", "/api/v1/clips/{clip}", {"title": "Mine"}),
    ("DELETE", "/api/v1/clips/{clip}", None),
    ("GET", "/api/v1/clips/{clip}/content", None),
    ("GET", "/api/v1/clips/{clip}/poster", None),
    ("GET", "/api/v1/clips/{clip}/preview", None),
    ("GET", "/api/v1/clips/{clip}/subtitles", None),
]


@pytest.mark.parametrize(("method", "path", "body"), _ROUTES)
async def test_stranger_finds_nothing(
    outsider: Member, job: Job, clips: list[str], method: str, path: str, body: object
) -> None:
    answer = await outsider.http.request(method, path.format(job=job["id"], clip=clips[0]), json=body)

    assert answer.status_code == 404


@pytest.mark.parametrize(("method", "path", "body"), _ROUTES)
async def test_what_is_not_there_is_not_found(member: Member, method: str, path: str, body: object) -> None:
    answer = await member.http.request(method, path.format(job=uuid4(), clip=uuid4()), json=body)

    assert answer.status_code == 404


async def test_clips_job_is_refused_when_the_recording_is_a_text(member: Member, make_media) -> None:
    media_id = await make_media(member, kind="text")

    answer = await member.http.post("/api/v1/jobs", json={"media_id": media_id, "engine": "stub", "kind": "clips"})

    assert answer.status_code == 422
    assert "nothing that clips could be cut from" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("clips", "field"),
    [
        ({"min_seconds": 60, "max_seconds": 20}, "clips.min_seconds"),
        ({"total_seconds": 10, "min_seconds": 15}, "clips.total_seconds"),
        ({"analyst": "gemini"}, "clips.analyst"),
    ],
)
async def test_clips_job_is_refused_when_its_options_do_not_go_together(
    member: Member, media_id: str, clips: dict, field: str
) -> None:
    body = {"media_id": media_id, "engine": "pocketsphinx", "kind": "clips", "clips": clips}

    answer = await member.http.post("/api/v1/jobs", json=body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field


async def test_options_of_clips_are_refused_for_a_transcription(member: Member, media_id: str) -> None:
    body = {"media_id": media_id, "engine": "pocketsphinx", "clips": {"count": 3}}

    answer = await member.http.post("/api/v1/jobs", json=body)

    assert (answer.status_code, answer.json()["field"]) == (422, "clips")
