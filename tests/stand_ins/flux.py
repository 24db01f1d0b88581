"""A local server that speaks the protocol of ``docs/illustrations.md``, as FLUX on Modal and the like do.

It draws nothing: its picture is a flat colour of the size that was asked for, the colour taken from prompt and seed.

``python -m tests.stand_ins.flux`` starts one to look at pages with, and prints its settings.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import struct
import sys
import threading
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

TOKEN = "flux-stand-in-7d1c5f0a9b3e4c26"


def png(width: int, height: int, colour: bytes = b"\x33\x66\x99") -> bytes:
    """Return a picture of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    row = b"\x00" + colour * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@dataclass
class Received:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    json: Any = None


@dataclass
class Fault:
    """What a request gets instead of a picture.

    ``silent``: nothing comes until the server ends; ``cut``: the connection ends in the middle of the body.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    cut: bool = False


@dataclass
class Server:
    """One stand-in; tests set what it shall do, and read what it was asked.

    ``form``: how the picture comes: ``bytes``, or in JSON as ``b64_json``, ``data`` (OpenAI), ``uri`` or ``url``.
    ``way``: ``at once``, or elsewhere after ``moves`` questions: ``303`` (Modal) or ``202``.
    """

    url: str
    token: str = TOKEN
    form: str = "bytes"
    way: str = "at once"
    moves: int = 2
    requests: list[Received] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    _faults: deque[Fault] = field(default_factory=deque)
    _orders: dict[str, Any] = field(default_factory=dict)
    _left: dict[str, int] = field(default_factory=dict)
    _change: threading.Condition = field(default_factory=threading.Condition)

    def fail(self, *faults: Fault) -> None:
        """Have the next requests get these faults, one each."""
        self._faults.extend(faults)

    def asked(self, method: str = "POST") -> list[Received]:
        """Return the requests of one method."""
        return [request for request in self.requests if request.method == method]

    def wait_for(self, *, times: int = 1) -> None:
        """Return once so many pictures have been ordered; fail after two minutes."""
        with self._change:
            assert self._change.wait_for(lambda: len(self.asked()) >= times, timeout=120)

    def note(self, request: Received) -> Fault | None:
        """Remember a request; return the fault that it gets, if any."""
        with self._change:
            self.requests.append(request)
            self._change.notify_all()
            return self._faults.popleft() if self._faults else None

    def answer(self, request: Received) -> Fault:
        """Return what a request gets."""
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return Fault(401, b'{"detail": "Unauthorized"}')
        if request.method == "POST":
            return self._ordered(request)
        name = request.path.rsplit("/", 1)[-1].removesuffix(".png")
        if name not in self._orders:
            return Fault(404, b'{"detail": "Not Found"}')
        if request.path.startswith("/pictures/"):
            return Fault(200, self._picture(name), {"Content-Type": "image/png"})
        return self._later(name)

    def _ordered(self, request: Received) -> Fault:
        order = request.json
        if not isinstance(order, dict) or not isinstance(order.get("prompt"), str):
            return Fault(422, b'{"detail": [{"loc": ["body", "prompt"], "msg": "Field required"}]}')
        name = hashlib.sha256(json.dumps(order, sort_keys=True).encode()).hexdigest()[:16]
        self._orders[name] = order
        self._left[name] = self.moves
        return self._done(name) if self.way == "at once" else self._elsewhere(name)

    def _elsewhere(self, name: str) -> Fault:
        return Fault(int(self.way), b"", {"Location": f"/results/{name}"})

    def _later(self, name: str) -> Fault:
        self._left[name] -= 1
        if self._left[name] > 0:
            # As polling endpoints do, without saying again where to ask.
            return self._elsewhere(name) if self.way == "303" else Fault(202)
        return self._done(name)

    def _picture(self, name: str) -> bytes:
        order = self._orders[name]
        return png(order.get("width", 1024), order.get("height", 1024), bytes.fromhex(name[:6]))

    def _done(self, name: str) -> Fault:
        picture = self._picture(name)
        if self.form == "bytes":
            return Fault(200, picture, {"Content-Type": "image/png"})
        packed = base64.b64encode(picture).decode()
        listing: dict[str, Any] = {
            "b64_json": {"images": [{"b64_json": packed}]},
            "data": {"created": 1, "data": [{"b64_json": packed}]},
            "uri": {"images": [f"data:image/png;base64,{packed}"], "seed": 1},
            "url": {"images": [{"url": f"{self.url}/pictures/{name}.png", "content_type": "image/png"}]},
        }[self.form]
        return Fault(200, json.dumps(listing).encode(), {"Content-Type": "application/json"})


@contextlib.contextmanager
def serving(**settings: Any) -> Iterator[Server]:
    """Run a stand-in on a free port of this machine; ``settings`` are fields of ``Server``."""
    http = _Http(("127.0.0.1", 0), _Handler)
    server = Server(f"http://127.0.0.1:{http.server_port}", **settings)
    http.RequestHandlerClass = type("Handler", (_Handler,), {"stand_in": server})
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        http.shutdown()
        thread.join()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    stand_in: ClassVar[Server]
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        request = Received(self.command, self.path, headers, json.loads(body) if body else None)
        fault = self.stand_in.note(request) or self.stand_in.answer(request)
        if fault.silent:
            self.close_connection = True
            self.stand_in.ended.wait(60)
        else:
            self._send(fault)

    do_GET = do_POST  # noqa: N815 the base class looks for this name

    def _send(self, fault: Fault) -> None:
        self.send_response(fault.status)
        for name, value in {**fault.headers, "Content-Length": str(len(fault.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(fault.body[: len(fault.body) // 2] if fault.cut else fault.body)
        self.close_connection = self.close_connection or fault.cut

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output clean."""


class _Http(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that go away in the middle: tests have them do so."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] the base class names private types


def main() -> None:
    """Serve until Ctrl-C."""
    with serving() as server, contextlib.suppress(KeyboardInterrupt):
        print(f"REELSCRIBE_FLUX_ENDPOINT={server.url}/draw")
        print(f"REELSCRIBE_FLUX_TOKEN={server.token}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
