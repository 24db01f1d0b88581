"""Which server the client commands speak to, and with which key."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from ..platform.embedded import folders
from ..platform.errors import Unauthenticated

if TYPE_CHECKING:
    from .client import Client

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_SERVER = "http://127.0.0.1:8000"


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What 'login' remembers."""

    server: str
    api_key: str


def server_option(command: F) -> F:
    """Add ``--server`` to a command."""
    return click.option(
        "--server",
        envvar="REELSCRIBE_SERVER",
        metavar="URL",
        help="The server; else that of 'login', else this machine.",
    )(command)


def client(server: str | None) -> Client:
    """Return a client with the key of REELSCRIBE_API_KEY or of the last 'login' at that server.

    Raises:
        Unauthenticated: there is no key.
    """
    from .client import Client

    login = remembered()
    chosen = (server or (login.server if login else DEFAULT_SERVER)).rstrip("/")
    key = os.environ.get("REELSCRIBE_API_KEY") or (login.api_key if login and login.server == chosen else "")
    if not key:
        raise Unauthenticated(f"There is no key for {chosen}", hint="Run 'reelscribe login' or set REELSCRIBE_API_KEY.")
    return Client(chosen, key)


def remember(login: Login) -> Path:
    """Keep the login for later commands, readable by this user only; returns where."""
    path = _file()
    folders.make(path.parent)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(login))
    fresh.replace(path)
    return path


def remembered() -> Login | None:
    """Return the last login, if there was one."""
    try:
        return msgspec.json.decode(_file().read_bytes(), type=Login)
    except (OSError, msgspec.DecodeError):
        return None


def _file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "reelscribe" / "login.json"
