"""Clips on their way from the server to a folder."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from reelscribe.cli.client import Client
from reelscribe.platform.errors import Unavailable

_CLIP = UUID(int=7)


class _BreaksOff(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half a video")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), _BreaksOff) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_video_that_breaks_off_does_not_look_whole(server, tmp_path):
    target = tmp_path / "clips" / "01-a.mp4"

    with Client(server, "rs_key") as client, pytest.raises(Unavailable, match="does not answer"):
        client.save_clip(_CLIP, target)

    assert not target.exists()
