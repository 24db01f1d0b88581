"""A local server that speaks as much of the model hub's HTTP protocol as huggingface_hub needs to download."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves the files of one folder as the repository ``repository``; ``status`` answers every request.

    With a ``token`` the repository is gated: everybody may read about it, files are for who has the token.
    """

    def __init__(self, url: str, repository: str, folder: Path) -> None:
        self.url = url
        self.repository = repository
        self.folder = folder
        self.status = 200
        self.token = ""
        self.requests: list[str] = []

    def answer(self, path: str) -> tuple[bytes, dict[str, str]] | None:
        """Return body and headers for ``path``, or None for 404."""
        if path in (f"/api/models/{self.repository}", f"/api/models/{self.repository}/revision/{COMMIT}"):
            return self._json({"id": self.repository, "sha": COMMIT, "siblings": self._files("rfilename")})
        if path == f"/api/models/{self.repository}/tree/{COMMIT}":
            return self._json([{"type": "file", "oid": "0" * 40, **file} for file in self._files("path")])
        name = path.removeprefix(f"/{self.repository}/resolve/{COMMIT}/").removeprefix(
            f"/{self.repository}/resolve/main/"
        )
        if not (self.folder / name).is_file():
            return None
        data = (self.folder / name).read_bytes()
        return data, {"ETag": f'"{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"', "X-Repo-Commit": COMMIT}

    def _files(self, key: str) -> list[dict[str, Any]]:
        return [{key: path.name, "size": path.stat().st_size} for path in sorted(self.folder.iterdir())]

    def _json(self, value: object) -> tuple[bytes, dict[str, str]]:
        return json.dumps(value).encode(), {"Content-Type": "application/json"}


@contextlib.contextmanager
def serving(repository: str, folder: Path) -> Iterator[Hub]:
    """Run the server on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    hub = Hub(f"http://127.0.0.1:{server.server_port}", repository, folder)
    server.RequestHandlerClass = _handler(hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            hub.requests.append(f"{self.command} {path}")
            if hub.token and "/resolve/" in path and self.headers["Authorization"] != f"Bearer {hub.token}":
                self._refuse()
                return
            found = hub.answer(path) if hub.status == 200 else None
            body, headers = found or (b"", {})
            self.send_response(200 if found else (404 if hub.status == 200 else hub.status))
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def _refuse(self) -> None:
            # As huggingface.co: 401 for nobody, 403 for somebody who has not accepted the terms.
            self.send_response(403 if self.headers["Authorization"] else 401)
            self.send_header("X-Error-Code", "GatedRepo")
            self.send_header("X-Error-Message", f"Access to model {hub.repository} is restricted.")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 the base class looks for this name

        def log_message(self, format: str, *args: object) -> None:
            """Keep the tests' output clean."""

    return Handler
