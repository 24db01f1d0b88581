"""Recordings over HTTP where the files lie on an S3 server."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from reelscribe.platform import settings, storage

from tests.platform.storage.conftest import on_s3, s3, s3_endpoint  # noqa: F401 - fixtures
from tests.recordings import silent_wav, wav
from tests.web.conftest import Member

MIB = 1024 * 1024


pytestmark = pytest.mark.usefixtures("on_s3")


async def test_content_is_where_the_redirect_leads(member: Member, http: httpx.AsyncClient, s3_endpoint: str) -> None:  # noqa: F811 - as above
    content = wav(0.5)
    made = (await member.http.post("/api/v1/media", files={"file": ("talk.wav", content)})).json()

    answer = await member.http.get(f"/api/v1/media/{made['id']}/content")
    there = await http.get(answer.headers["location"], headers={"Range": "bytes=0-3"})

    assert answer.status_code == 307
    assert answer.headers["location"].startswith(s3_endpoint)
    assert (there.status_code, there.content) == (206, b"RIFF")
    assert there.headers["content-disposition"] == 'attachment; filename="talk.wav"'
    assert there.headers["content-type"] == made["content_type"]


async def test_parts_go_straight_to_the_server(member: Member, http: httpx.AsyncClient, s3_endpoint: str) -> None:  # noqa: F811 - as above
    content = silent_wav(8 * MIB + 500)
    made = (await member.http.post("/api/v1/uploads", json={"filename": "a.wav", "size": len(content)})).json()

    for part in made["parts"]:
        start = (part["number"] - 1) * made["part_size"]
        answer = await http.request(
            part["method"], part["url"], headers=part["headers"], content=content[start : start + part["size"]]
        )
        assert answer.status_code == 200
    done = await member.http.post(f"/api/v1/uploads/{made['id']}/complete")

    assert {f"{urlsplit(part['url']).scheme}://{urlsplit(part['url']).netloc}" for part in made["parts"]} == {
        s3_endpoint
    }
    assert (done.status_code, done.json()["size"]) == (201, len(content))


async def test_our_own_file_routes_lead_nowhere(http: httpx.AsyncClient) -> None:
    local = storage.LocalStorage(settings.current().storage_path, public_url="http://x.test")
    link = urlsplit(local.signed_url("a/b", expires=timedelta(minutes=1), filename="a", content_type="audio/wav"))

    answer = await http.get(f"{link.path}?{link.query}")

    assert answer.status_code == 404
