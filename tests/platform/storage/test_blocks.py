"""Streams in blocks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reelscribe.platform.errors import TooLarge
from reelscribe.platform.storage import blocks


async def _stream(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@given(st.lists(st.binary(max_size=20), max_size=20), st.integers(1, 15))
async def test_regroup_keeps_the_bytes_in_blocks_of_one_size(chunks, size):
    found = [block async for block in blocks.regroup(_stream(chunks), size)]

    assert b"".join(found) == b"".join(chunks)
    assert all(len(block) == size for block in found[:-1])
    assert all(0 < len(block) <= size for block in found[-1:])


@given(st.lists(st.binary(max_size=20), max_size=20), st.integers(1, 15), st.integers(0, 100))
async def test_regroup_refuses_exactly_what_is_over_the_limit(chunks, size, limit):
    too_large = sum(map(len, chunks)) > limit
    refused = False

    try:
        async for _ in blocks.regroup(_stream(chunks), size, limit=limit):
            pass
    except TooLarge:
        refused = True

    assert refused == too_large


@pytest.mark.parametrize(
    ("start", "length", "expected"), [(0, None, b"abc"), (1, 1, b"b"), (3, None, b""), (0, 0, b"")]
)
async def test_of_file_gives_a_range(tmp_path, start, length, expected):
    path = tmp_path / "file"
    path.write_bytes(b"abc")

    found = b"".join([block async for block in blocks.of_file(path, start=start, length=length)])

    assert found == expected


async def test_in_thread_waits_for_the_thread_however_often_it_is_cancelled():
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(60)
        done.set()

    task = asyncio.create_task(blocks.in_thread(work))
    await asyncio.to_thread(begun.wait, 60)
    for _ in range(3):
        task.cancel()
        await asyncio.wait([task], timeout=0)
        await asyncio.sleep(0)
    assert not task.done()
    go_on.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()
