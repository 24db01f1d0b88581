"""What every storage does, against a local folder and against an S3 server."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from reelscribe.platform.errors import NotFound, TooLarge
from reelscribe.platform.storage import LocalStorage, PartArrived, Storage

MIB = 1024 * 1024
KEY = "media/one/file-1.bin"
TEXT = bytes(range(256)) * 16  # 4096 bytes


async def _stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def _numbered(mib: int) -> AsyncIterator[bytes]:
    """Yield ``mib`` MiB, in odd pieces, no two alike."""
    for number in range(mib):
        block = number.to_bytes(4, "big") * (MIB // 4)
        yield block[:70_000]
        yield block[70_000:]


async def _all(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def _digest(chunks: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    async for chunk in chunks:
        assert len(chunk) <= MIB
        digest.update(chunk)
    return digest.hexdigest()


@pytest.mark.parametrize("chunks", [[TEXT], [TEXT[:1], TEXT[1:4000], b"", TEXT[4000:]], [b""], []])
async def test_put_stores_exactly_the_bytes(storage, chunks):
    content = b"".join(chunks)

    stored = await storage.put(KEY, _stream(*chunks))

    assert (stored.key, stored.size, stored.sha256) == (KEY, len(content), hashlib.sha256(content).hexdigest())
    assert await _all(storage.read(KEY)) == content
    assert await storage.size(KEY) == len(content)


async def test_put_stores_a_large_file_when_its_length_is_unknown(storage):
    stored = await storage.put(KEY, _numbered(21))

    assert stored.size == 21 * MIB
    assert stored.sha256 == await _digest(_numbered(21)) == await _digest(storage.read(KEY))


async def test_put_file_stores_a_local_file(storage, tmp_path):
    path = tmp_path / "given"
    path.write_bytes(TEXT)

    stored = await storage.put_file(KEY, path)

    assert stored.size == 4096
    assert await _all(storage.read(KEY)) == TEXT


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, None, TEXT),
        (0, 1, TEXT[:1]),
        (4095, None, TEXT[4095:]),
        (100, 200, TEXT[100:300]),
        (4000, 1000, TEXT[4000:]),  # past the end
        (4096, None, b""),
        (9999, 5, b""),
        (10, 0, b""),
    ],
)
async def test_read_gives_a_range(storage, start, length, expected):
    await storage.put(KEY, _stream(TEXT))

    assert await _all(storage.read(KEY, start=start, length=length)) == expected


async def test_read_crosses_blocks_when_the_range_does(storage):
    await storage.put(KEY, _numbered(3))

    found = await _all(storage.read(KEY, start=MIB - 2, length=MIB + 4))

    assert found == b"\x00\x00" + (1).to_bytes(4, "big") * (MIB // 4) + b"\x00\x00"


@pytest.mark.parametrize("act", ["read", "size", "local_copy"])
async def test_unknown_key_is_not_found(storage, act):
    with pytest.raises(NotFound, match=r"^The storage has no such file\.$"):
        await _use(storage, act)


async def _use(storage: Storage, act: str) -> None:
    if act == "read":
        await _all(storage.read("no/such"))
    elif act == "size":
        await storage.size("no/such")
    else:
        async with storage.local_copy("no/such"):
            pass


@pytest.mark.parametrize("size", [10, 20 * MIB])
async def test_put_leaves_nothing_when_the_limit_is_passed(storage, leftovers, size):
    with pytest.raises(TooLarge):
        await storage.put(KEY, _stream(b"x" * size, b"y"), limit=size)

    assert leftovers() == []


async def test_put_takes_exactly_the_limit(storage):
    stored = await storage.put(KEY, _stream(b"x" * 10), limit=10)

    assert stored.size == 10


class SourceError(Exception):
    """The client went away."""


@pytest.mark.parametrize("mib", [0, 20])
async def test_put_leaves_nothing_when_the_source_fails(storage, leftovers, mib):
    async def broken() -> AsyncIterator[bytes]:
        yield b"beginning"
        async for chunk in _numbered(mib):
            yield chunk
        raise SourceError

    with pytest.raises(SourceError):
        await storage.put(KEY, broken())

    assert leftovers() == []


async def test_put_leaves_nothing_when_cancelled(storage, leftovers):
    halfway = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        async for chunk in _numbered(20):
            yield chunk
        halfway.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(storage.put(KEY, endless()))
    await asyncio.wait_for(halfway.wait(), timeout=60)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert leftovers() == []


async def test_delete_removes_the_file(storage, leftovers):
    await storage.put(KEY, _stream(TEXT))

    await storage.delete(KEY)

    assert leftovers() == []


async def test_delete_is_no_error_when_the_file_is_absent(storage, leftovers):
    await storage.delete("no/such")

    assert leftovers() == []


async def test_local_copy_is_a_file_with_the_content(storage):
    await storage.put(KEY, _numbered(2))

    async with storage.local_copy(KEY) as path:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == await _digest(_numbered(2))

    assert await storage.size(KEY) == 2 * MIB


async def _send(storage: Storage, upload: str, number: int, content: bytes) -> None:
    """Send a part as a client does: to its URL, which for the local storage is our own route."""
    if isinstance(storage, LocalStorage):
        await storage.receive_part(upload, number, _stream(content), size=len(content))
        return
    target = storage.part_target(KEY, upload, number, size=len(content), expires=timedelta(minutes=1))
    async with httpx.AsyncClient() as client:
        answer = await client.request(target.method, target.url, headers=target.headers, content=content)
        assert answer.status_code == 200


FIRST, LAST = b"a" * 5 * MIB, b"b" * 100


async def test_parts_become_one_file_when_sent_in_any_order(storage, leftovers):
    upload = await storage.open_parts(KEY)
    await _send(storage, upload, 2, LAST)
    await _send(storage, upload, 1, FIRST)

    arrived = await storage.parts(KEY, upload)
    await storage.join_parts(KEY, upload, arrived)
    await storage.abort_parts(KEY, upload)

    assert [(part.number, part.size) for part in arrived] == [(1, 5 * MIB), (2, 100)]
    assert await _all(storage.read(KEY)) == FIRST + LAST
    assert len(leftovers()) == 1


async def test_a_part_sent_twice_counts_once_with_the_newer_content(storage):
    upload = await storage.open_parts(KEY)
    await _send(storage, upload, 1, b"old")
    await _send(storage, upload, 1, b"newer")

    arrived = await storage.parts(KEY, upload)
    await storage.join_parts(KEY, upload, arrived)

    assert [part.size for part in arrived] == [5]
    assert await _all(storage.read(KEY)) == b"newer"


async def test_reopened_parts_can_be_sent_anew(storage):
    upload = await storage.open_parts(KEY)
    await _send(storage, upload, 1, FIRST)
    await _send(storage, upload, 2, b"wrong")
    await storage.join_parts(KEY, upload, await storage.parts(KEY, upload))

    again = await storage.reopen_parts(KEY, upload, _sizes((1, 5 * MIB), (2, 5)))
    kept = await storage.parts(KEY, again)
    await _send(storage, again, 2, b"right")
    await storage.join_parts(KEY, again, await storage.parts(KEY, again))

    assert [(part.number, part.size) for part in kept] == [(1, 5 * MIB), (2, 5)]
    assert await _all(storage.read(KEY)) == FIRST + b"right"


def _sizes(*parts: tuple[int, int]) -> list[PartArrived]:
    return [PartArrived(number=number, size=size, etag="") for number, size in parts]


async def test_reopen_parts_takes_the_file_away(storage):
    upload = await storage.open_parts(KEY)
    await _send(storage, upload, 1, b"x")
    arrived = await storage.parts(KEY, upload)
    await storage.join_parts(KEY, upload, arrived)

    await storage.reopen_parts(KEY, upload, arrived)

    with pytest.raises(NotFound):
        await storage.size(KEY)


async def test_abort_leaves_nothing(storage, leftovers):
    upload = await storage.open_parts(KEY)
    await _send(storage, upload, 1, FIRST)

    await storage.abort_parts(KEY, upload)

    assert leftovers() == []
    with pytest.raises(NotFound):
        await storage.parts(KEY, upload)


async def test_abort_is_no_error_when_done_twice(storage, leftovers):
    upload = await storage.open_parts(KEY)

    await storage.abort_parts(KEY, upload)
    await storage.abort_parts(KEY, upload)

    assert leftovers() == []


async def test_sweep_removes_only_what_is_older(storage, leftovers):
    upload = await storage.open_parts(KEY)
    await _send(storage, upload, 1, FIRST)
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)  # moto says 2010 for every upload

    young = await storage.sweep(before=long_ago)
    old = await storage.sweep(before=datetime.now(UTC) + timedelta(hours=1))

    assert (young, old) == (0, 1)
    assert leftovers() == []


async def test_check_leaves_nothing_when_all_is_well(storage, leftovers):
    await storage.check()

    assert leftovers() == []


_PROGRAM = Path(__file__).with_name("flat_memory.py")


def test_memory_stays_flat_when_the_file_is_large(storage, request, tmp_path):
    where = str(tmp_path) if isinstance(storage, LocalStorage) else request.getfixturevalue("s3_endpoint")

    argv = [sys.executable, _PROGRAM, where, tmp_path / "fetched"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stderr
    grown_mib = int(done.stdout)
    assert grown_mib < 48, f"memory grew by {grown_mib} MiB for a file of 160 MiB"


async def test_written_before_gives_older_keys_under_the_prefix(storage):
    keys = [f"media/one/{number:04}" for number in range(3)]
    for key in [*keys, "jobs/one/a.wav"]:
        await storage.put(key, _stream(TEXT))
    soon, long_ago = datetime.now(UTC) + timedelta(minutes=1), datetime.now(UTC) - timedelta(minutes=1)

    found = [key async for page in storage.written_before("media/", soon) for key in page]

    assert sorted(found) == keys
    assert [page async for page in storage.written_before("media/", long_ago)] == []
    assert [page async for page in storage.written_before("nothing/", soon)] == []
