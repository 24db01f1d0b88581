"""Folders, logs and socket paths of the embedded servers, with one clear line for what cannot be made."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

from ..errors import Misconfigured

# sun_path holds 107 bytes on Linux and 103 on macOS.
_SOCKET_PATH_MAX = 103
_SHORT = "reelscribe-"
_LOG_KEPT_BYTES = 10 * 1024**2


def make(path: Path, *, mode: int = 0o700) -> Path:
    """Make the folder and its parents unless it is there; returns it.

    Raises:
        Misconfigured: it cannot be made, or is not writable by us.
    """
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as exc:
        raise unusable(path, exc) from exc
    if not os.access(path, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise unusable(path, PermissionError(errno.EACCES, "no permission to write there"))
    return path


def unusable(path: Path, exc: OSError) -> Misconfigured:
    """Return our error for a folder that refuses to be written."""
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return full(path)
    return Misconfigured(
        f"{path} cannot be written: {(exc.strerror or str(exc)).lower()}",
        hint="Set REELSCRIBE_HOME to a folder that you can write to.",
    )


def full(path: Path) -> Misconfigured:
    """Return our error for a full disk."""
    return Misconfigured(
        f"The disk that holds {path} is full", hint="Free some space, or set REELSCRIBE_HOME to another disk."
    )


def check_space(path: Path, *, needed_bytes: int) -> None:
    """Refuse to start what would stop halfway.

    Raises:
        Misconfigured: fewer than ``needed_bytes`` are free.
    """
    state = os.statvfs(path)
    if state.f_bavail * state.f_frsize < needed_bytes:
        raise full(path)


def open_log(path: Path) -> int:
    """Open ``path`` for appending and return the descriptor; one that grew past 10 MiB begins anew.

    Raises:
        Misconfigured: it cannot be written.
    """
    make(path.parent)
    try:
        long = path.exists() and path.stat().st_size > _LOG_KEPT_BYTES
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if long else 0), 0o600)
    except OSError as exc:
        raise unusable(path, exc) from exc


def socket_folder(folder: Path, socket_name: str) -> Path:
    """Return ``folder``, or a short private one that stands for it where the socket's path would be too long.

    The short one is under the temporary folder (/tmp where TMPDIR is too long itself) and recorded in
    ``<folder>.socket-folder``, so that every process of this home finds the same.

    Raises:
        Misconfigured: it cannot be made or recorded.
    """
    if len(os.fsencode(folder / socket_name)) <= _SOCKET_PATH_MAX:
        return folder
    record = folder.with_name(folder.name + ".socket-folder")
    recorded = Path(record.read_text(encoding="utf-8")) if record.exists() else None
    if recorded is not None and _is_private(recorded, folder):
        return recorded
    try:
        fresh = Path(tempfile.mkdtemp(prefix=_SHORT, dir=_short_root(socket_name)))
        record.write_text(str(fresh), encoding="utf-8")
    except OSError as exc:
        raise unusable(record, exc) from exc
    return fresh


def _short_root(socket_name: str) -> Path:
    root = Path(tempfile.gettempdir())
    made = root / f"{_SHORT}xxxxxxxx" / socket_name
    return root if len(os.fsencode(made)) <= _SOCKET_PATH_MAX else Path("/tmp")  # noqa: S108 - mkdtemp makes it private


def forget_socket_folder(folder: Path) -> None:
    """Remove the short folder that stood for ``folder``, if there is one; call it when its server has stopped."""
    record = folder.with_name(folder.name + ".socket-folder")
    if record.exists():
        short = Path(record.read_text(encoding="utf-8"))
        if _is_private(short, folder):
            shutil.rmtree(short, ignore_errors=True)
        record.unlink()


def _is_private(path: Path, like: Path) -> bool:
    # Somebody else may have made a folder of that name after a reboot emptied the temporary folder.
    try:
        found = path.lstat()
    except OSError:
        return False
    owners = {os.geteuid(), like.stat().st_uid} if like.exists() else {os.geteuid()}
    return path.is_dir() and not path.is_symlink() and found.st_uid in owners and found.st_mode & 0o077 == 0
