"""What a machine fetches from an S3 server is fetched once, never served when it should not be, and soon gone."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path

import pytest
from reelscribe.platform import temporary
from reelscribe.platform.errors import NotFound, StorageFull, Unavailable
from reelscribe.platform.storage import Storage
from reelscribe.platform.storage.copies import UNUSED_SECONDS, Copies, _copy, _listed
from reelscribe.platform.storage.fetched import Fetched, Source
from reelscribe.platform.storage.grip import Grip
from reelscribe.platform.storage.s3 import S3Storage

from tests.platform.storage.conftest import BUCKET, opened
from tests.platform.storage.gate import Gate

KEY = "media/one/file-1"
TALK = b"".join(number.to_bytes(4, "big") for number in range(400_000))  # 1.6 MB, no two blocks alike
PROGRAM = Path(__file__).with_name("fetching.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "fetched"


@pytest.fixture
async def talk(s3: S3Storage) -> None:
    await s3.put(KEY, _stream(TALK))


async def _stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@asynccontextmanager
async def keeping(storage: Storage) -> AsyncIterator[None]:
    """Keep copies in this block, as a worker does while it runs."""
    task = asyncio.ensure_future(storage.keep_copies())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _content(storage: Storage, key: str = KEY) -> bytes:
    async with storage.local_copy(key) as path:
        return path.read_bytes()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@contextmanager
def process(gate: Gate, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process of this machine that fetches the talk and uses it until its input ends."""
    argv = [sys.executable, str(PROGRAM), gate.url, str(folder), KEY]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


async def test_what_was_fetched_is_used_again(talk, gate, folder):
    storage = opened(gate.url, folder)

    async with keeping(storage):
        found = [await _content(storage) for _ in range(3)]

    assert found == [TALK] * 3
    assert gate.passed == {"HEAD": 3, "GET": 1}


async def test_several_who_want_it_at_once_share_one_download(talk, gate, folder):
    one, other = opened(gate.url, folder), opened(gate.url, folder)

    async with keeping(one), keeping(other):
        found = await asyncio.gather(*(_content(each) for each in [one, other] * 4))

    assert found == [TALK] * 8
    assert gate.passed["GET"] == 1


async def test_two_processes_share_one_download(talk, gate, folder):
    storage = opened(gate.url, folder)
    gate.open.clear()
    with process(gate, folder) as child:
        assert await asyncio.to_thread(gate.halfway.wait, 60)
        async with keeping(storage):
            wanted = asyncio.create_task(_content(storage))
            gate.open.set()
            line = await asyncio.to_thread(child.stdout.readline)

            assert await wanted == TALK
        path, digest = line.split()

        assert digest == hashlib.sha256(TALK).hexdigest()
        assert gate.passed["GET"] == 1
        # Our keeping has ended, the other process still uses the copy.
        assert _files(folder) == [Path(path)]


async def test_what_a_killed_process_fetched_by_half_is_never_used(talk, gate, folder):
    storage = opened(gate.url, folder)
    gate.open.clear()
    with process(gate, folder) as child:
        assert await asyncio.to_thread(gate.halfway.wait, 60)
        (left,) = _files(folder)
        async with keeping(storage):
            wanted = asyncio.create_task(_content(storage))
            child.kill()
            child.wait()
            gate.open.set()

            assert left.suffix == ".part"
            assert await wanted == TALK
            assert _files(folder) == [left.with_suffix("")]

    assert _files(folder) == []


async def test_remains_of_a_killed_process_are_swept(talk, gate, folder):
    gate.open.clear()
    with process(gate, folder) as child:
        assert await asyncio.to_thread(gate.halfway.wait, 60)
        copies = Copies(folder, limit_bytes=1024**3)
        assert copies.tidy() == 0
        child.kill()
        child.wait()

        assert copies.tidy() == 1

    assert _files(folder) == []


async def test_interrupted_download_leaves_nothing(talk, gate, folder):
    storage = opened(gate.url, folder)
    gate.open.clear()

    async with keeping(storage):
        wanted = asyncio.create_task(_content(storage))
        assert await asyncio.to_thread(gate.halfway.wait, 60)
        wanted.cancel()
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await wanted

        assert _files(folder) == []


@pytest.mark.parametrize("by_us", [True, False])
async def test_a_deleted_file_is_not_found_and_its_copy_goes(s3, talk, folder, by_us):
    async with keeping(s3):
        await _content(s3)
        if by_us:
            await s3.delete(KEY)
            assert _files(folder) == []
        else:
            s3._client.remove_object(BUCKET, KEY)

        with pytest.raises(NotFound):
            await _content(s3)

        assert _files(folder) == []


async def test_a_file_that_was_replaced_is_fetched_anew(s3, talk, gate, folder):
    storage = opened(gate.url, folder)
    async with keeping(storage):
        await _content(storage)
        other = TALK[::-1]  # of the same size
        await s3.put(KEY, _stream(other))

        assert await _content(storage) == other


async def test_a_file_that_is_replaced_while_it_is_fetched_is_not_mixed(s3, talk, folder):
    source = await s3._source(KEY)
    await s3.put(KEY, _stream(TALK[::-1]))

    with pytest.raises(Unavailable, match="replaced"):
        async for _ in source.read():
            pass


@pytest.mark.parametrize("limit", [0, len(TALK) - 1])
async def test_nothing_is_kept_where_it_may_not_be(talk, gate, folder, limit):
    storage = opened(gate.url, folder, limit_bytes=limit)

    async with keeping(storage):
        found = [await _content(storage) for _ in range(2)]

        assert found == [TALK] * 2
        assert gate.passed["GET"] == 2
        assert _files(folder) == []


async def test_a_process_that_does_not_tidy_up_keeps_nothing(s3, talk, folder):
    assert await _content(s3) == TALK

    assert _files(folder) == []


async def test_unused_copies_are_gone_after_a_while(s3, talk, folder):
    await s3.put("other", _stream(b"other"))
    async with keeping(s3), s3.local_copy("other") as used:
        await _content(s3)
        copies = Copies(folder, limit_bytes=1024**3)
        assert copies.tidy() == 0
        for path in _files(folder):
            _age(path, UNUSED_SECONDS + 1)

        assert copies.tidy() == 1

        assert _files(folder) == [used]


def _age(path: Path, seconds: float) -> None:
    state = path.stat()
    os.utime(path, (state.st_atime - seconds, state.st_mtime))


async def test_a_damaged_copy_is_replaced(s3, talk, folder):
    async with keeping(s3):
        await _content(s3)
        (copy,) = _files(folder)
        os.truncate(copy, 1000)

        assert await _content(s3) == TALK


async def test_somebody_who_stands_still_is_not_waited_for(folder):
    copies = Copies(folder, limit_bytes=1000)
    copies.prepare()
    source = Source(key="k", content="c", size=4, read=lambda: _stream(b"talk"))
    fetched = Fetched(copies, stands_still_seconds=0)
    with closing(Grip()) as stopped:
        assert copies.begin(copies.path("k", "c"), stopped)
        async with keeping_of(fetched), fetched.copy(source) as path:
            assert path.read_bytes() == b"talk"
            assert path.parent != folder


def test_a_copy_that_is_finished_while_all_are_counted_is_not_missed(folder):
    copies = Copies(folder, limit_bytes=1000)
    copies.prepare()
    whole = copies.path("k", "c")
    with closing(Grip()) as grip:
        assert copies.begin(whole, grip)
        assert copies.reserve(grip, 600)
        (part,) = _listed(folder)

        assert grip.publish(whole)

        found = _copy(part)
        assert found is not None
        assert (found.path, found.size) == (whole, 600)


def test_a_copy_that_is_removed_between_opening_and_locking_is_not_used(folder, monkeypatch):
    copies = Copies(folder, limit_bytes=1000)
    copies.prepare()
    whole = copies.path("k", "c")
    whole.write_bytes(b"talk")
    lock = fcntl.flock

    def late(fd: int, how: int) -> None:
        whole.unlink(missing_ok=True)
        lock(fd, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with closing(Grip()) as grip:
        assert not grip.share(whole)
        assert grip.fd == -1


@pytest.mark.parametrize("sent", [b"tal", b"talks"])
async def test_what_is_not_the_whole_file_is_never_used(folder, sent):
    fetched = Fetched(Copies(folder, limit_bytes=1000))
    source = Source(key="k", content="c", size=4, read=lambda: _stream(sent))
    async with keeping_of(fetched):
        with pytest.raises(Unavailable, match="of a file of 4"):
            async with fetched.copy(source):
                pass

        assert _files(folder) == []


def test_a_copy_that_was_finished_just_now_is_not_fetched_over(folder, monkeypatch):
    copies = Copies(folder, limit_bytes=1000)
    copies.prepare()
    whole = copies.path("k", "c")
    own = Grip.own

    def late(grip: Grip, path: Path, *, create: bool = False) -> bool:
        whole.write_bytes(b"talk")
        return own(grip, path, create=create)

    monkeypatch.setattr(Grip, "own", late)
    with closing(Grip()) as grip:
        assert not copies.begin(whole, grip)

    assert _files(folder) == [whole]


def test_copies_are_not_used_after_a_restart_of_the_machine(folder, monkeypatch):
    copies = Copies(folder, limit_bytes=1000)
    before = copies.path("k", "c")
    monkeypatch.setattr(temporary, "boot", lambda: "other")

    assert copies.path("k", "c") != before


def test_copies_of_the_future_go_as_the_clock_was_set_back(folder):
    copies = Copies(folder, limit_bytes=1000)
    copies.prepare()
    copies.path("k", "c").write_bytes(b"talk")
    _age(copies.path("k", "c"), -UNUSED_SECONDS - 60)

    assert copies.tidy() == 1


def test_a_copy_of_another_user_does_not_keep_ours_here(folder, monkeypatch):
    copies = Copies(folder, limit_bytes=1000)
    copies.prepare()
    theirs, ours = (copies.path(key, "c") for key in "ab")
    for path in (theirs, ours):
        path.write_bytes(b"talk")
        _age(path, UNUSED_SECONDS + 1)
    _age(theirs, UNUSED_SECONDS)  # it is the first to go
    own = Grip.own

    def refused(grip: Grip, path: Path, *, create: bool = False) -> bool:
        if path == theirs:
            raise PermissionError(errno.EACCES, "Permission denied")
        return own(grip, path, create=create)

    monkeypatch.setattr(Grip, "own", refused)

    assert copies.tidy() == 1
    assert _files(folder) == [theirs]


@asynccontextmanager
async def keeping_of(fetched: Fetched) -> AsyncIterator[None]:
    task = asyncio.ensure_future(fetched.keep())
    await asyncio.sleep(0)
    yield
    task.cancel()
    await asyncio.wait([task])


async def test_a_folder_that_cannot_be_used_costs_no_job(s3, talk, folder):
    folder.write_bytes(b"a file")

    async with keeping(s3):
        assert await _content(s3) == TALK


async def test_a_disk_without_locks_costs_no_job(s3, talk, folder, monkeypatch):
    def refused(fd: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refused)

    async with keeping(s3):
        assert await _content(s3) == TALK


@pytest.fixture
def no_large_files() -> Iterator[None]:
    """Let this process write at most 1 MB to a file; past that it is refused as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_is_told_once_unused_copies_are_gone(s3, talk, folder, no_large_files):
    for key in ("used", "unused"):
        await s3.put(key, _stream(key.encode()))

    async with keeping(s3), s3.local_copy("used") as used:
        await _content(s3, "unused")
        assert len(_files(folder)) == 2

        with pytest.raises(StorageFull):
            await _content(s3)

        assert _files(folder) == [used]
        assert used.read_bytes() == b"used"


@pytest.fixture
def small_disk(full_disk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A disk of 2 MiB for copies and temporary folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(full_disk))
    return full_disk / "fetched"


async def test_unused_copies_go_before_the_disk_is_called_full(s3, s3_endpoint, small_disk):
    storage = opened(s3_endpoint, small_disk)
    for key, kib in (("small", 500), ("large", 1800), ("huge", 2100)):
        await s3.put(key, _stream(bytes(kib * 1024)))

    async with keeping(storage):
        async with storage.local_copy("small") as used:
            with pytest.raises(StorageFull):
                await _content(storage, "large")
            assert _files(small_disk) == [used]

        assert len(await _content(storage, "large")) == 1800 * 1024  # more than half the disk: only for this use
        assert _files(small_disk) == []
        with pytest.raises(StorageFull):
            await _content(storage, "huge")

    assert _files(small_disk.parent) == []


async def test_copies_leave_as_much_free_as_they_take(s3, s3_endpoint, small_disk):
    storage = opened(s3_endpoint, small_disk)
    for key in "abc":
        await s3.put(key, _stream(key.encode() * 400_000))
    async with keeping(storage):
        for key in "abc":
            await _content(storage, key)
        assert _first_bytes(small_disk) == {b"b", b"c"}

        (small_disk.parent / "other").write_bytes(bytes(1_000_000))
        Copies(small_disk, limit_bytes=1024**3).tidy()

        assert _first_bytes(small_disk) == {b"c"}


def _first_bytes(folder: Path) -> set[bytes]:
    return {path.read_bytes()[:1] for path in _files(folder)}
