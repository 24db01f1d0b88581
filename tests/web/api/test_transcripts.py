"""Transcripts and downloads over HTTP."""

from __future__ import annotations

import msgspec
import pytest
from reelscribe.platform import db
from reelscribe.platform.domain.transcript import EngineName, Segment, Speaker, Transcript, Word
from reelscribe.platform.services import transcripts

from tests.web.conftest import Job, Member

_SPOKEN = Segment(
    id="s1",
    start=0.5,
    end=1.5,
    speaker="A",
    text="Hello.",
    words=(Word(start=0.5, end=1.5, text="Hello.", speaker="A"),),
)
_MADE = Transcript(
    version=1,
    language="en",
    duration=2.0,
    engine=EngineName(name="stub", model="stub"),
    speakers=(Speaker(id="A", label="Speaker 1"),),
    segments=(_SPOKEN,),
    text="Hello.",
)


@pytest.fixture
async def done(job: Job) -> Job:
    async with db.transaction():
        await transcripts.store(job["id"], _MADE, run=1)
    return job


@pytest.mark.parametrize(
    ("name", "content_type", "part"),
    [
        ("json", "application/json", b'"segments"'),
        ("txt", "text/plain", b"Hello."),
        ("srt", "application/x-subrip", b"00:00:00,500 --> 00:00:01,500"),
        ("vtt", "text/vtt", b"WEBVTT"),
        ("tsv", "text/tab-separated-values", b"Hello."),
        ("csv", "text/csv", b"Hello."),
        ("rttm", "text/plain", b"SPEAKER"),
        ("md", "text/markdown", b"Hello."),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK"),
    ],
)
async def test_transcript_comes_in_each_format_when_asked(
    member: Member, done: Job, name: str, content_type: str, part: bytes
) -> None:
    answer = await member.http.get(f"/api/v1/jobs/{done['id']}/transcript", params={"format": name})

    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == content_type
    assert answer.headers["content-disposition"] == f'attachment; filename="transcript-{done["id"]}.{name}"'
    assert part in answer.content


async def test_transcript_reads_back_when_it_is_json(member: Member, done: Job) -> None:
    answer = await member.http.get(f"/api/v1/jobs/{done['id']}/transcript")

    assert msgspec.json.decode(answer.content, type=Transcript) == _MADE


async def test_every_format_is_documented_when_it_can_be_asked_for(member: Member, done: Job) -> None:
    document = (await member.http.get("/openapi.json")).json()
    operation = document["paths"]["/api/v1/jobs/{job_id}/transcript"]["get"]
    names = next(each["schema"]["enum"] for each in operation["parameters"] if each["name"] == "format")

    address = f"/api/v1/jobs/{done['id']}/transcript"
    sent = [(await member.http.get(address, params={"format": name})).headers["content-type"] for name in names]

    assert {kind.split(";")[0] for kind in sent} == set(operation["responses"]["200"]["content"])


async def test_transcript_is_refused_when_the_format_is_unknown(member: Member, done: Job) -> None:
    answer = await member.http.get(f"/api/v1/jobs/{done['id']}/transcript?format=exe")

    assert answer.status_code == 422


async def test_transcript_conflicts_when_there_is_no_text_yet(member: Member, job: Job) -> None:
    answer = await member.http.get(f"/api/v1/jobs/{job['id']}/transcript")

    assert answer.status_code == 409


async def test_versions_are_listed_newest_first_when_there_are_two(member: Member, done: Job) -> None:
    async with db.transaction():
        await transcripts.store(done["id"], _MADE, run=2)

    answer = await member.http.get(f"/api/v1/jobs/{done['id']}/transcript/versions")

    assert [(item["version"], item["origin"]) for item in answer.json()["items"]] == [(2, "engine"), (1, "engine")]


async def test_download_is_a_signed_address_when_the_transcript_is_there(member: Member, done: Job) -> None:
    answer = await member.http.get(f"/api/v1/jobs/{done['id']}/download?format=srt")

    assert answer.status_code == 200
    assert set(answer.json()) == {"url", "expires_at"}
    assert answer.json()["url"].startswith("http://127.0.0.1:8000/")
