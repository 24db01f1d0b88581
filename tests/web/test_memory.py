"""The web process's memory does not grow with the file."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from reelscribe.platform.services import accounts, sessions

MIB = 1024 * 1024
SIZE_MIB = 256
BOUNDARY = "reelscribe-boundary"


@pytest.fixture
async def web(database: None, redis_url: str) -> AsyncIterator[tuple[int, httpx.Client]]:
    """A web process of its own: its pid, and a client that is signed in."""
    listening = socket.create_server(("127.0.0.1", 0))
    process = _start(listening.fileno())
    account = await accounts.create("memory@example.test", "correct horse battery", role="user")
    tokens = await sessions.open_tokens(account.id, sessions.Device())
    host, port = listening.getsockname()
    headers = {"Authorization": f"Bearer {tokens.access_token}"}
    with httpx.Client(base_url=f"http://{host}:{port}/api/v1", headers=headers, timeout=120) as client:
        yield process.pid, client
    process.terminate()
    process.wait(timeout=30)
    listening.close()


def _start(descriptor: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "uvicorn", "--factory", "reelscribe.web.app:create_app", "--log-level", "error"]
    return subprocess.Popen([*command, "--fd", str(descriptor)], pass_fds=[descriptor])


def _form(size: int) -> Iterator[bytes]:
    """Yield a form with a silent WAV file of ``size`` bytes."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="long.wav"\r\n\r\n'
    yield head.encode()
    yield b"RIFF" + struct.pack("<I", size - 8) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 48_000, 96_000, 2, 16)
    yield b"data" + struct.pack("<I", size - 44)
    left = size - 44
    while left:
        yield bytes(min(MIB, left))
        left -= min(MIB, left)
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def _there_and_back(client: httpx.Client, size: int) -> None:
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = client.post("/media", content=_form(size), headers=headers)
    assert answer.status_code == 201, answer.text
    with client.stream("GET", f"/media/{answer.json()['id']}/content") as sent:
        assert sum(len(chunk) for chunk in sent.iter_bytes()) == size


def _peak_kib(pid: int) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_memory_stays_flat_when_a_large_file_goes_up_and_down(web: tuple[int, httpx.Client]) -> None:
    pid, client = web
    _there_and_back(client, MIB)  # imports, threads and connections are not what is measured
    before = _peak_kib(pid)

    _there_and_back(client, SIZE_MIB * MIB)

    grown_mib = (_peak_kib(pid) - before) // 1024
    print(f"{SIZE_MIB} MiB up and down: {before // 1024} MiB before, {grown_mib} MiB more")
    assert grown_mib < 64
