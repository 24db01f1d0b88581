"""A door in front of a server: it counts the requests that pass, and can hold an answer back halfway."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import urllib3

_BLOCK_BYTES = 64 * 1024
_NOT_PASSED_ON = {"connection", "transfer-encoding", "server", "date"}


class Gate:
    """``passed`` counts requests by method; while ``open`` is not set, the body of a GET stops after its first half.

    ``halfway`` is set as soon as one has come that far. ``sent`` counts the bytes of all bodies.
    """

    def __init__(self, endpoint: str) -> None:
        self.passed: Counter[str] = Counter()
        self.sent = 0
        self.open, self.halfway = threading.Event(), threading.Event()
        self.open.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, endpoint))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.open.set()
        self._server.shutdown()
        self._server.server_close()

    def through(self, method: str, block: bytes, *, at: int, size: int) -> bytes:
        """Count a block of an answer of ``size`` bytes and return it, once it may pass."""
        if method == "GET" and at >= size // 2:
            self.halfway.set()
            assert self.open.wait(timeout=60)
        self.sent += len(block)
        return block


def _handler(gate: Gate, endpoint: str) -> type[BaseHTTPRequestHandler]:
    pool = urllib3.PoolManager(maxsize=16)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            gate.passed[self.command] += 1
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = pool.request(
                self.command, endpoint + self.path, headers=dict(self.headers), body=body, preload_content=False
            )
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in _NOT_PASSED_ON:
                    self.send_header(name, value)
            self.end_headers()
            try:
                self._send(answer)
            except OSError:  # the client was killed
                self.close_connection = True
            finally:
                answer.release_conn()

        def _send(self, answer: urllib3.BaseHTTPResponse) -> None:
            at, size = 0, int(answer.headers.get("Content-Length") or 0)
            for block in answer.stream(_BLOCK_BYTES):
                self.wfile.write(gate.through(self.command, block, at=at, size=size))
                at += len(block)

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self._pass
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
