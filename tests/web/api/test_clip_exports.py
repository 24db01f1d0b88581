"""Cut lists and chapters over HTTP."""

from __future__ import annotations

import json
from uuid import UUID
from xml.etree import ElementTree

import pytest
from reelscribe.platform import db

from tests.web.conftest import Job, Member

_SPANS = [[(1, 15)], [(20, 30), (31, 40)], [(45, 58)]]


async def add_clip(job: Job, position: int, spans: list[tuple[float, float]], **values: object) -> str:
    row = await db.fetch_one(
        "INSERT INTO clips (job_id, position, title, reason, score, spans, duration_seconds, kind, chapters)"
        " VALUES ($1, $2, $3, 'Worth it.', 0.5, $4, $5, $6, $7) RETURNING id",
        UUID(job["id"]),
        position,
        f"Part {position}",
        json.dumps([{"start": start, "end": end} for start, end in spans]),
        sum(end - start for start, end in spans),
        values.get("kind", "clip"),
        json.dumps(values.get("chapters", [])),
    )
    assert row is not None
    return str(row["id"])


@pytest.fixture
async def cut(job: Job) -> Job:
    for position, spans in enumerate(_SPANS):
        await add_clip(job, position, spans)
    return job


@pytest.mark.parametrize(
    ("name", "content_type", "part"),
    [
        ("fcpxml", "application/xml", b"<asset-clip"),
        ("edl", "text/plain", b"* FROM CLIP NAME: lecture.mp4"),
        ("otio", "application/json", b'"Timeline.1"'),
        ("youtube", "text/plain", b"0:20 Part 1"),
    ],
)
async def test_export_is_a_file_with_a_name(
    member: Member, cut: Job, name: str, content_type: str, part: bytes
) -> None:
    if name == "otio":
        pytest.importorskip("opentimelineio", reason="has no release for this Python")

    answer = await member.http.get(f"/api/v1/jobs/{cut['id']}/clips/export", params={"format": name})

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";")[0] == content_type
    what = "chapters.txt" if name == "youtube" else f"clips.{name}"
    assert answer.headers["content-disposition"] == f'attachment; filename="lecture - {what}"'
    assert part in answer.content


async def test_export_has_the_rate_and_size_of_the_picture_when_they_are_known(member: Member, cut: Job) -> None:
    video = {"index": 0, "codec": "h264", "width": 640, "height": 360, "rotation": 90, "fps": 29.97}
    probe = {"kind": "video", "container": "mov", "content_type": "video/mp4", "duration_seconds": 60, "video": video}
    await db.execute("UPDATE media SET probe = $2 WHERE id = $1", UUID(cut["media_id"]), json.dumps(probe))

    answer = await member.http.get(f"/api/v1/jobs/{cut['id']}/clips/export")

    picture = ElementTree.fromstring(answer.text).find(".//format")  # noqa: S314 - our own
    assert picture is not None
    assert picture.attrib == {"id": "r1", "frameDuration": "1001/30000s", "width": "360", "height": "640"}


async def test_youtube_chapters_are_of_the_whole_recording_when_it_was_analysed(member: Member, cut: Job) -> None:
    for position, title in enumerate(["Haze", "Lungs", "Masks"]):
        await db.execute(
            "INSERT INTO content_segments (job_id, position, start_seconds, end_seconds, title, importance)"
            " VALUES ($1, $2, $3::float8, $3 + 20.0, $4, 0.5)",
            UUID(cut["id"]),
            position,
            position * 20.0,
            title,
        )

    answer = await member.http.get(f"/api/v1/jobs/{cut['id']}/clips/export?format=youtube")

    assert answer.text == "0:00 Haze\n0:20 Lungs\n0:40 Masks\n"


async def test_export_conflicts_when_there_are_no_clips_yet(member: Member, job: Job) -> None:
    answer = await member.http.get(f"/api/v1/jobs/{job['id']}/clips/export")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_export_is_refused_when_the_format_is_unknown(member: Member, cut: Job) -> None:
    answer = await member.http.get(f"/api/v1/jobs/{cut['id']}/clips/export?format=aaf")

    assert answer.status_code == 422


async def test_export_is_missing_when_the_job_is_somebody_elses(outsider: Member, cut: Job) -> None:
    answer = await outsider.http.get(f"/api/v1/jobs/{cut['id']}/clips/export")

    assert answer.status_code == 404


async def test_every_format_is_documented_when_it_can_be_asked_for(member: Member) -> None:
    document = (await member.http.get("/openapi.json")).json()

    operation = document["paths"]["/api/v1/jobs/{job_id}/clips/export"]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"application/xml", "application/json", "text/plain"}


async def test_chapters_of_a_reel_are_its_own(member: Member, outsider: Member, cut: Job) -> None:
    titles = [{"start": n * 20.0, "title": f"Clip {n}"} for n in range(3)]
    reel = await add_clip(cut, 100, [(0, 60)], kind="reel", chapters=titles)

    answer = await member.http.get(f"/api/v1/clips/{reel}/chapters")

    assert answer.text == "0:00 Clip 0\n0:20 Clip 1\n0:40 Clip 2\n"
    assert (await outsider.http.get(f"/api/v1/clips/{reel}/chapters")).status_code == 404


async def test_chapters_are_missing_when_the_clip_is_no_reel(member: Member, job: Job) -> None:
    clip = await add_clip(job, 0, [(1, 15)])

    answer = await member.http.get(f"/api/v1/clips/{clip}/chapters")

    assert answer.status_code == 404
