"""Files that lie, break, grow or reach out: each ends as the manifest says, and touches nothing else.

All files go through inspect and extract once, three at a time, each alone in a folder beside a copy of
the "secret" that the playlists name; the tests then look at what happened.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from reelscribe.platform.errors import BadInput, ReelscribeError
from reelscribe.platform.media import audio, probe
from reelscribe.platform.media.audio import ExtractedAudio

from .conftest import ignore, manifest

ENTRIES = [entry for entry in manifest("D_hostile") if "ffprobe" in entry]
MAX_SECONDS = 2 * 3600.0
CANARY_PORT = 18999  # the URLs in the files name it
SECRET = Path("/tmp/lfi_secret.ts")  # so do the playlists
IN_OPEN = 0x20

pytestmark = pytest.mark.skipif(not ENTRIES, reason="needs the shared test material (set REELSCRIBE_SHARED)")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one upload: either ``made`` or ``error``; ``left`` are the bytes at the target."""

    made: ExtractedAudio | None = None
    error: ReelscribeError | None = None
    left: int = 0


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """All outcomes by file name, who called the canary, and how often a secret was opened."""

    outcomes: dict[str, Outcome]
    calls: list[bytes]
    secret_opened: int


def name_of(entry: dict[str, Any]) -> str:
    return Path(entry["file"]).name


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def happened(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Happened:
    folder = tmp_path_factory.mktemp("hostile")
    places = {name_of(entry): place(media / entry["file"], folder) for entry in ENTRIES}
    beside = [path.with_name("lfi_secret.ts") for path in places.values()]
    with secret(media) as at_its_place, watch(*beside) as relative:
        async with canary() as calls:
            turn = asyncio.Semaphore(3)
            outcomes = await asyncio.gather(*(process(name, path, turn) for name, path in places.items()))
            return Happened(
                outcomes=dict(zip(places, outcomes, strict=True)),
                calls=calls,
                secret_opened=at_its_place() + relative(),
            )


def place(source: Path, folder: Path) -> Path:
    """Copy the upload into a folder of its own, where a relative path would find the secret."""
    own = folder / source.name
    own.mkdir()
    shutil.copy(source.parent / "lfi_secret.ts", own / "lfi_secret.ts")
    shutil.copy(source, own / "upload")
    return own / "upload"


async def process(name: str, path: Path, turn: asyncio.Semaphore) -> Outcome:
    target = path.with_name("sound.wav")
    async with turn:
        try:
            info = await probe.inspect(path, name=name, max_seconds=MAX_SECONDS)
            made = await audio.extract(path, target, info=info, max_seconds=MAX_SECONDS, on_progress=ignore)
        except ReelscribeError as exc:
            return Outcome(error=exc, left=size(target))
        return Outcome(made=made, left=size(target))


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextmanager
def secret(media: Path) -> Iterator[Any]:
    """Put the secret where the playlists look for it; yields a function that counts who opened it."""
    own = not SECRET.exists()
    if own:
        shutil.copy(media / "D_hostile" / "lfi_secret.ts", SECRET)
    with watch(SECRET) as opened:
        yield opened
    if own:
        SECRET.unlink(missing_ok=True)


@contextmanager
def watch(*paths: Path) -> Iterator[Any]:
    """Yield a function that says how often any of the files has been opened since."""
    libc = ctypes.CDLL(None)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    for path in paths:
        assert libc.inotify_add_watch(handle, os.fsencode(path), IN_OPEN) >= 0

    def opened() -> int:
        try:
            return len(os.read(handle, 65_536)) // 16  # struct inotify_event without a name
        except BlockingIOError:
            return 0

    yield opened
    os.close(handle)


class canary:  # noqa: N801 - used like a function
    """A server on the canary's port that notes the first bytes of every call."""

    async def __aenter__(self) -> list[bytes]:
        calls: list[bytes] = []

        async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            calls.append(await reader.read(200))
            writer.close()

        try:
            self._server = await asyncio.start_server(note, "127.0.0.1", CANARY_PORT)
        except OSError:
            pytest.skip(f"port {CANARY_PORT} is taken")
        return calls

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
async def test_hostile_file_ends_as_expected(entry: dict[str, Any], happened: Happened) -> None:
    outcome = happened.outcomes[name_of(entry)]

    if outcome.error is not None:
        assert entry.get("expect_result") != "accept", outcome.error.message
        assert isinstance(outcome.error, BadInput)
        assert outcome.error.message.endswith(".")
        assert outcome.error.hint
        assert outcome.left == 0
    else:
        assert entry.get("expect_result") != "reject"
        assert outcome.made is not None
        assert outcome.left == 44 + 2 * round(outcome.made.duration_seconds * 16_000)
        assert outcome.made.duration_seconds <= MAX_SECONDS


async def test_hostile_files_reach_no_server(happened: Happened) -> None:
    assert happened.calls == []


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
async def test_hostile_files_open_no_other_file(happened: Happened) -> None:
    assert happened.secret_opened == 0


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("mp4_absurd_duration.mp4", 3.0),  # its header claims 24 days
        ("wav_data_4G.wav", 1.0),
        ("meta_injection.mp4", 3.0),
        ("mov_external_dref.mov", 1.0),
    ],
)
async def test_hostile_file_counts_as_long_as_it_is(name: str, seconds: float, happened: Happened) -> None:
    made = happened.outcomes[name].made

    assert made is not None
    assert made.duration_seconds == pytest.approx(seconds, abs=0.1)


@pytest.mark.parametrize("name", ["encrypted_cenc.mp4", "fz_mp4_mozilla_short-cenc.mp4"])
async def test_encrypted_file_is_called_so(name: str, happened: Happened) -> None:
    error = happened.outcomes[name].error

    assert error is not None
    assert "DRM" in error.message


async def test_canary_hears_a_call() -> None:
    async with canary() as calls:
        reader, writer = await asyncio.open_connection("127.0.0.1", CANARY_PORT)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        await asyncio.wait_for(reader.read(), 10)  # until it hangs up
        writer.close()
        await writer.wait_closed()

    assert calls == [b"GET / HTTP/1.0\r\n\r\n"]


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_watch_sees_an_open(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"x")

    with watch(path) as opened:
        path.read_bytes()

        assert opened() == 1
