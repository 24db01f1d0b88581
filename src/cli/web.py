"""``reelscribe web``: one web process."""

from __future__ import annotations

import socket

import click

from ..platform.errors import Misconfigured
from . import connected

# SSE streams stay open until the browser goes; they come back to the next process by themselves.
_SHUTDOWN_SECONDS = 2


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--fd", type=int, hidden=True, help="An open listening socket, from 'up'.")
def command(host: str, port: int, fd: int | None) -> None:
    """Serve pages and API."""
    connected.attach()
    with socket.socket(fileno=fd) if fd is not None else listen(host, port) as listening:
        _serve(listening)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket.

    Raises:
        Misconfigured: the port is taken, or not ours to take.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise Misconfigured(f"Cannot listen on {host} port {port}: {reason}", hint="Choose another --port.") from exc


def _serve(listening: socket.socket) -> None:
    import uvicorn

    from ..platform import logs
    from ..platform.settings import current

    logs.configure(current())
    config = uvicorn.Config(
        "reelscribe.web.app:create_app",
        factory=True,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    if not server.started:
        raise Misconfigured("The web process could not start; the reason is above")
