"""REELSCRIBE_HOME: its lock, its secret key, and what runs in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ..platform.embedded import folders
from ..platform.errors import Conflict
from ..platform.settings import PREFIX, current


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """The supervisor that works in a home, and where its web process answers once it is ready."""

    pid: int
    url: str = ""


def folder() -> Path:
    """Return the home of the settings, as an absolute path."""
    return current().home.absolute()


def make(home: Path) -> Path:
    """Make the folder; others may pass through it where root's PostgreSQL has to, but not look into it.

    Raises:
        Misconfigured: it is read-only or full.
    """
    return folders.make(home, mode=0o711 if os.geteuid() == 0 else 0o700)


@contextmanager
def alone_in(home: Path) -> Iterator[None]:
    """Hold the home for the block; the kernel lets go of it however the process ends.

    Raises:
        Conflict: another supervisor works there.
        Misconfigured: the home is read-only or full.
    """
    try:
        handle = os.open(make(home) / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise folders.unusable(home, exc) from exc
    try:
        _lock(handle, home)
        announce(home, Running(pid=os.getpid()))
        try:
            yield
        finally:
            (home / "up.json").unlink(missing_ok=True)
            for server in ("postgres", "redis"):
                folders.forget_socket_folder(home / server)
    finally:
        os.close(handle)


def announce(home: Path, running: Running) -> None:
    """Write down what runs here, for other commands."""
    fresh = home / "up.json.new"
    try:
        fresh.write_bytes(msgspec.json.encode(running))
        fresh.replace(home / "up.json")
    except OSError as exc:
        raise folders.unusable(home, exc) from exc


def running(home: Path) -> Running | None:
    """Return what was written down last; it may have been killed since."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((home / "up.json").read_bytes(), type=Running)
    return None


def make_secret(home: Path) -> None:
    """Give this process and its children the home's secret key, made once, unless one is set.

    Raises:
        Misconfigured: the file cannot be written.
    """
    if current().secret_key:
        return
    path = make(home) / "secret.key"
    try:
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
    except OSError as exc:
        raise folders.unusable(path, exc) from exc
    set_environment(SECRET_KEY_FILE=str(path))


def set_environment(**values: str) -> None:
    """Set REELSCRIBE_… variables for this process and its children."""
    os.environ.update({PREFIX + name: value for name, value in values.items()})
    current.cache_clear()


def _lock(handle: int, home: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        other = running(home)
        where = f" (process {other.pid}{', ' + other.url if other.url else ''})" if other else ""
        raise Conflict(
            f"Reelscribe already runs in {home}{where}", hint="Stop that one, or set REELSCRIBE_HOME to another folder."
        ) from exc
