"""Who a server runs as: PostgreSQL refuses root, so root hands it to an unprivileged user.

That user may be unable to reach the data or the program (a home under /root, a checkout with mode 0700).
Nothing on the way is opened up for it. Instead the server keeps, as an ambient capability, the least that
lets it pass: the right to search folders, else (in containers, and where programs were installed for root
only) the right to ignore file modes.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import Misconfigured

# Loaded before any fork: between fork and exec only async-signal-safe calls are allowed.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _AMBIENT_RAISE = 1, 8, 47, 2
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_CAPABILITY_VERSION_3 = 0x20080522

# The first that exists on this machine; initdb insists on a user with a name.
_USERS = ("reelscribe", "postgres", "nobody")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A user, and the one capability it keeps, if any."""

    uid: int
    gid: int
    capability: int | None = None


def choose(folder: Path, program: Path) -> Identity | None:
    """Return who runs ``program`` on ``folder``, which then belongs to that user; None means as ourselves.

    Raises:
        Misconfigured: we are root and no user of this machine can do it.
    """
    if os.geteuid() != 0:
        return None
    entry = _owner(folder) or _first_user()
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    for capability in (None, _CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        identity = Identity(uid=entry.pw_uid, gid=entry.pw_gid, capability=capability)
        if _works(identity, folder, program):
            return identity
    raise Misconfigured(
        f"The user {entry.pw_name!r}, who runs PostgreSQL for root, cannot reach {folder} or {program}",
        hint="Run as a normal user, or set REELSCRIBE_HOME to a folder that everybody may pass through.",
    )


def before_exec(identity: Identity | None, *, death_signal: signal.Signals) -> Callable[[], None]:
    """Return what the child does between fork and exec: become ``identity``, and die with its parent.

    The kernel sends ``death_signal`` when the thread that forked ends.
    """
    parent = os.getpid()

    def apply() -> None:
        if identity is not None:
            _become(identity)
        # After the change of user, which would clear it.
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return apply


def _owner(folder: Path) -> pwd.struct_passwd | None:
    uid = folder.stat().st_uid
    try:
        return None if uid == 0 else pwd.getpwuid(uid)
    except KeyError:
        return None


def _first_user() -> pwd.struct_passwd:
    for name in _USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Misconfigured("PostgreSQL does not run as root, and there is no user 'nobody'", hint="Run as a normal user.")


def _works(identity: Identity, folder: Path, program: Path) -> bool:
    def try_out() -> None:
        _become(identity)
        os.chdir(folder)

    try:
        done = subprocess.run([program, "--version"], preexec_fn=try_out, cwd="/", capture_output=True, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _become(identity: Identity) -> None:
    os.setgroups([])
    os.setresgid(identity.gid, identity.gid, identity.gid)
    if identity.capability is None or _LIBC is None:
        os.setresuid(identity.uid, identity.uid, identity.uid)
        return
    _LIBC.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setresuid(identity.uid, identity.uid, identity.uid)
    _keep_only(identity.capability, _LIBC)


def _keep_only(capability: int, libc: ctypes.CDLL) -> None:
    mask = 1 << capability
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable; then the high words
    if libc.capset(header, sets) or libc.prctl(_PR_CAP_AMBIENT, _AMBIENT_RAISE, capability, 0, 0):
        raise PermissionError(ctypes.get_errno(), "this capability cannot be kept")
