"""What only the S3 storage does."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from minio import Minio
from reelscribe.platform.errors import Misconfigured, Unavailable
from reelscribe.platform.storage.copies import Copies
from reelscribe.platform.storage.s3 import S3Storage, connect


async def _stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_signed_url_gives_the_file_with_name_and_type(s3):
    await s3.put("a/b", _stream(b"content"))
    url = s3.signed_url("a/b", expires=timedelta(minutes=5), filename="ä.mp3", content_type="audio/mpeg")

    async with httpx.AsyncClient() as client:
        answer = await client.get(url, headers={"Range": "bytes=1-3"})

    assert answer.content == b"ont"
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["content-disposition"] == "attachment; filename=\"a.mp3\"; filename*=UTF-8''%C3%A4.mp3"


async def test_signed_url_expires_when_it_should_and_is_signed(s3):
    url = s3.signed_url("a", expires=timedelta(minutes=5), filename="a", content_type="audio/mpeg")
    query = parse_qs(urlsplit(url).query)

    assert query["X-Amz-Expires"] == ["300"]
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert len(query["X-Amz-Signature"][0]) == 64


async def test_part_url_is_for_one_part_of_one_upload(s3):
    upload = await s3.open_parts("a")

    target = s3.part_target("a", upload, 7, size=1, expires=timedelta(hours=1))
    query = parse_qs(urlsplit(target.url).query)

    assert (target.method, target.headers) == ("PUT", {})
    assert (query["partNumber"], query["uploadId"]) == (["7"], [upload])


async def test_nothing_is_asked_of_the_server_when_a_url_is_signed():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        client = connect(endpoint=_address(deaf), region="eu-west-1", access_key="k", secret_key="s")
        url = _opened(client, "bucket").signed_url(
            "a", expires=timedelta(minutes=5), filename="a", content_type="audio/mpeg"
        )
        deaf.setblocking(False)
        with pytest.raises(BlockingIOError):
            deaf.accept()

    assert "eu-west-1" in url


async def test_a_server_that_does_not_answer_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        endpoint = _address(closed)
    client = connect(endpoint=endpoint, region="us-east-1", access_key="k", secret_key="s")

    with pytest.raises(Unavailable, match="does not answer"):
        await _opened(client, "bucket").size("a")


async def test_a_missing_bucket_is_named(s3, s3_endpoint):
    client = connect(endpoint=s3_endpoint, region="us-east-1", access_key="k", secret_key="s")

    with pytest.raises(Misconfigured, match="NoSuchBucket"):
        await _opened(client, "no-such-bucket").check()


def _opened(client: Minio, bucket: str) -> S3Storage:
    return S3Storage(client, bucket, copies=Copies(Path("/nowhere"), limit_bytes=0))


def _address(server: socket.socket) -> str:
    host, port = server.getsockname()
    return f"http://{host}:{port}"
