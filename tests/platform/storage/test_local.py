"""What only the local storage does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from reelscribe.platform.errors import BadInput, NotFound, StorageFull, Unavailable
from reelscribe.platform.storage import LocalStorage
from reelscribe.platform.storage.blocks import NO_SPACE
from reelscribe.platform.storage.local import _ours


async def _stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def _content(storage: LocalStorage, key: str) -> bytes:
    return b"".join([chunk async for chunk in storage.read(key)])


@pytest.mark.parametrize(
    "key",
    [
        "../secret",
        "a/../../secret",
        "/etc/passwd",
        "a//b",
        "",
        ".",
        "..",
        "a/.hidden",
        "a/b\x00c",
        "a\\b",
        "ä",
        "a b",
        "a\n",
    ],
)
async def test_keys_that_are_not_ours_are_not_found(local, tmp_path, key):
    (tmp_path / "secret").write_bytes(b"other")

    with pytest.raises(NotFound):
        await _content(local, key)
    with pytest.raises(NotFound):
        await local.put(key, _stream(b"x"))

    assert (tmp_path / "secret").read_bytes() == b"other"


async def test_a_folder_is_not_a_file(local):
    await local.put("a/b", _stream(b"x"))

    with pytest.raises(NotFound):
        await local.size("a")
    with pytest.raises(NotFound):
        await _content(local, "a")


@pytest.mark.parametrize("content", [b"123456789", b"12345678901", b""])
async def test_a_part_of_another_size_is_refused_and_the_earlier_one_stays(local, content):
    upload = await local.open_parts("k")
    await local.receive_part(upload, 1, _stream(b"0123456789"), size=10)

    with pytest.raises(BadInput, match="exactly 10 bytes"):
        await local.receive_part(upload, 1, _stream(content), size=10)
    await local.join_parts("k", upload, await local.parts("k", upload))

    assert await _content(local, "k") == b"0123456789"


async def test_a_part_is_refused_when_the_upload_was_aborted(local):
    upload = await local.open_parts("k")
    await local.abort_parts("k", upload)

    with pytest.raises(NotFound):
        await local.receive_part(upload, 1, _stream(b"x"), size=1)


async def test_signed_url_leads_to_our_server_and_names_the_file(local):
    url = urlsplit(local.signed_url("a/b", expires=timedelta(minutes=1), filename="ä b.mp3", content_type="audio/mpeg"))
    query = dict(parse_qsl(url.query))

    assert (url.scheme, url.netloc, url.path) == ("http", "127.0.0.1:8000", "/files/a/b")
    assert (query["name"], query["type"]) == ("ä b.mp3", "audio/mpeg")


async def test_an_unusable_folder_is_unavailable(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    storage = LocalStorage(tmp_path / "file" / "storage", public_url="http://x.test")

    with pytest.raises((Unavailable, NotFound)):
        await storage.check()


_FILL = """
import asyncio, resource, signal, sys
from pathlib import Path
from reelscribe.platform.errors import StorageFull
from reelscribe.platform.storage import LocalStorage

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))

async def chunks():
    for _ in range(40):
        yield bytes(65_536)

async def main():
    try:
        await LocalStorage(Path(sys.argv[1]), public_url="http://x.test").put("k", chunks())
    except StorageFull:
        print("full")

asyncio.run(main())
"""


def test_put_says_full_and_leaves_nothing_when_the_disk_takes_no_more(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _FILL, tmp_path], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.stdout == "full\n", done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


_HALF = """
import asyncio, sys
from pathlib import Path
from reelscribe.platform.storage import LocalStorage

async def chunks():
    for _ in range(40):
        yield bytes(65_536)
    print("half", flush=True)
    await asyncio.Event().wait()

asyncio.run(LocalStorage(Path(sys.argv[1]), public_url="http://x.test").put("k", chunks()))
"""


def _write_and_kill(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HALF, folder], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"half\n"
        process.kill()


async def test_a_killed_write_is_no_file_and_is_swept(local, tmp_path):
    folder = tmp_path / "storage"
    _write_and_kill(folder)

    with pytest.raises(NotFound):
        await local.size("k")
    assert [path for path in folder.rglob("*") if path.is_file()]
    assert await local.sweep(before=datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("number", sorted(NO_SPACE))
def test_every_way_to_be_full_is_storage_full(number):
    assert isinstance(_ours(OSError(number, "full")), StorageFull)


async def test_put_says_full_and_leaves_nothing_on_a_full_disk(full_disk):
    storage = LocalStorage(full_disk, public_url="http://x.test")

    with pytest.raises(StorageFull):
        await storage.put("k", _stream(*[bytes(65_536)] * 64))

    assert [path for path in full_disk.rglob("*") if path.is_file()] == []
    assert (await storage.put("k", _stream(b"x"))).size == 1
