"""The web process's memory while 1 GB goes up and comes down again in ranges.

The peak is the kernel's own (VmHWM), reset before the transfer; growth is the peak less what was resident
before. Linux only.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil

from . import servers
from .figures import Figure, at_most, plain

SIZE = 1024**3
RANGE = 64 * 1024**2
TARGET_MB = 64.0
_MB = 1024**2
_BOUNDARY = "reelscribe-benchmark"
_BLOCK = bytes(range(256)) * 4096  # 1 MiB of a sawtooth


def measure() -> list[Figure]:
    """Return the growth going up and coming down."""
    with servers.home() as folder, servers.up(folder) as (url, supervisor), servers.sign_up(url) as client:
        web = servers.web_process(supervisor)
        _transfer(client, 8 * _MB)  # imports and buffers of the first transfer are not growth
        before = _start_over(web)
        up_seconds, down_seconds = _transfer(client, SIZE)
        growth = (_peak(web) - before) / _MB
    return [
        at_most("growth of the web process", growth, TARGET_MB, unit=" MB", digits=1),
        plain("resident before", before / _MB, unit=" MB"),
        plain("upload", SIZE / _MB / up_seconds, unit=" MB/s", digits=0),
        plain("download", SIZE / _MB / down_seconds, unit=" MB/s", digits=0),
    ]


def _transfer(client: httpx.Client, size: int) -> tuple[float, float]:
    """Send a recording of ``size`` bytes and read it back; returns the seconds of each."""
    begin = time.perf_counter()
    headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    media = client.post("media", content=_multipart(size), headers=headers).raise_for_status().json()
    middle = time.perf_counter()
    received = sum(_read(client, media["id"], start, min(start + RANGE, size)) for start in range(0, size, RANGE))
    if received != size:
        raise SystemExit(f"sent {size} bytes, got {received} back")
    return middle - begin, time.perf_counter() - middle


def _read(client: httpx.Client, media_id: str, start: int, end: int) -> int:
    headers = {"Range": f"bytes={start}-{end - 1}"}
    address = f"media/{media_id}/content"
    with client.stream("GET", address, headers=headers, follow_redirects=True) as answer:
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            raise SystemExit(f"a range was answered with {answer.status_code}")
        return sum(len(block) for block in answer.iter_raw())


def _multipart(size: int) -> Iterator[bytes]:
    """A form with one WAV file, made as it is sent."""
    yield (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="long.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    ).encode()
    header = _wav_header(size - 44)
    yield header
    left = size - len(header)
    while left:
        yield _BLOCK[: min(left, len(_BLOCK))]
        left -= min(left, len(_BLOCK))
    yield f"\r\n--{_BOUNDARY}--\r\n".encode()


def _wav_header(data_bytes: int) -> bytes:
    rate, channels, width = 48_000, 2, 2
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * width, channels * width, 8 * width)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + data_bytes)
        + b"WAVEfmt \x10\0\0\0"
        + form
        + b"data"
        + struct.pack("<I", data_bytes)
    )


def _start_over(process: psutil.Process) -> int:
    """Reset the peak; returns the bytes that are resident now."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    return int(process.memory_info().rss)


def _peak(process: psutil.Process) -> int:
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("this kernel does not say VmHWM")
