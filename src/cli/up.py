"""``reelscribe up``: the whole platform on one machine, under one supervisor."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys

import click

from ..platform.settings import current
from . import home as homes
from . import stack, web
from .supervisor import Supervisor
from .users import new_password

_ADMIN = "admin@localhost"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Worker processes.")
def command(host: str, port: int, workers: int) -> None:
    """Run everything on this machine; Ctrl-C stops it, jobs go on at the next start.

    PostgreSQL and Redis are brought along unless REELSCRIBE_DATABASE_URL and REELSCRIBE_REDIS_URL are set.
    All data is in REELSCRIBE_HOME.
    """
    home = homes.folder()
    with homes.alone_in(home), web.listen(host, port) as listening:
        homes.set_environment(HOME=str(home))
        homes.make_secret(home)
        asyncio.run(_run(listening, _address(listening), workers))


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared, not bound
    return f"http://{shown}:{port}"


async def _run(listening: socket.socket, address: str, workers: int) -> None:
    stopping = _signalled()
    supervisor = Supervisor(_say)
    starting = asyncio.create_task(_start(supervisor, listening, address, workers))
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({starting, stop}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await stop
        _say("stopping")
    finally:
        starting.cancel()
        stop.cancel()
        await asyncio.gather(starting, stop, return_exceptions=True)
        await supervisor.stop()
    _say("stopped; jobs go on at the next start")


async def _start(supervisor: Supervisor, listening: socket.socket, address: str, workers: int) -> None:
    """Start what is needed: 1. PostgreSQL and Redis, 2. the schema, 3. workers and scheduler, 4. web."""
    home = current().home
    await supervisor.start(*stack.embedded(home))
    stack.use_embedded(home)
    if not os.environ.get("REELSCRIBE_PUBLIC_URL"):
        homes.set_environment(PUBLIC_URL=address)
    password = await _first_start()
    await supervisor.start(*stack.background(workers))
    await supervisor.start(stack.web(listening, address))
    homes.announce(home, homes.Running(pid=os.getpid(), url=address))
    _welcome(address, password)


async def _first_start() -> str | None:
    """Bring the schema up to date; returns the administrator's password if there was none before."""
    from ..platform import db, migrations
    from ..platform.services import accounts

    await db.start(size=2)
    try:
        await migrations.apply()
        if await db.fetch("SELECT 1 FROM users WHERE role = 'admin' LIMIT 1"):
            return None
        password = new_password()
        await accounts.create(_ADMIN, password, role="admin")
        return password
    finally:
        await db.stop()


def _signalled() -> asyncio.Event:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


def _welcome(address: str, password: str | None) -> None:
    lines = [f"Reelscribe runs at {address} (data in {current().home}; Ctrl-C stops it)"]
    if password is not None:
        lines.append(f"Sign in as {_ADMIN} with the password {password} (shown only this once)")
    click.echo("\n".join(lines))
    sys.stdout.flush()


def _say(line: str) -> None:
    click.echo(f"reelscribe: {line}", err=True)
