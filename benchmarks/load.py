"""The load, in a process of its own: POST as fast as the server answers, over a fixed number of connections.

``python -m benchmarks.load PORT COUNT CONNECTIONS`` reads ``[[token, body], …]`` from standard input, sends
them in turn and prints ``{"accepted", "refused", "seconds", "p50_ms", "p99_ms"}``. HTTP by hand: a full client
would use more CPU than the servers under test.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle

_ACCEPTED = b"HTTP/1.1 202"


async def main(port: int, count: int, connections: int, requests: list[tuple[str, str]]) -> dict[str, float]:
    """Send ``count`` requests; returns the figures."""
    waiting = iter(range(count))
    took: list[float] = []
    refused: list[str] = []
    packets = [_packet(port, token, body) for token, body in requests]
    begin = time.perf_counter()
    await asyncio.gather(
        *(_send(port, waiting, cycle(packets[start::connections]), took, refused) for start in range(connections))
    )
    seconds = time.perf_counter() - begin
    if refused:
        print(refused[0], file=sys.stderr)
    took.sort()
    return {
        "accepted": len(took),
        "refused": len(refused),
        "seconds": seconds,
        "p50_ms": took[len(took) // 2] * 1000 if took else 0.0,
        "p99_ms": took[int(len(took) * 0.99)] * 1000 if took else 0.0,
    }


async def _send(
    port: int, waiting: Iterator[int], packets: Iterator[bytes], took: list[float], refused: list[str]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in waiting:
        begin = time.perf_counter()
        writer.write(next(packets))
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        if head.startswith(_ACCEPTED):
            took.append(time.perf_counter() - begin)
        else:
            refused.append((head + body).decode(errors="replace"))
    writer.close()
    await writer.wait_closed()


def _packet(port: int, token: str, body: str) -> bytes:
    head = (
        f"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n\r\n"
    )
    return (head + body).encode()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


if __name__ == "__main__":
    port, count, connections = map(int, sys.argv[1:])
    print(json.dumps(asyncio.run(main(port, count, connections, json.load(sys.stdin)))))
