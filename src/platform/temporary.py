"""Temporary folders that say whose they are, so that those of processes that died can be swept away.

A name carries machine, boot, process id and the process' start, so that a living owner is never mistaken for a
dead one: not for another process that got its number, nor for one in another container on the same folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

_NAME = re.compile(r"reelscribe-([0-9a-f]{8})-([0-9a-f]{8})-(\d+)-(\d+)-\w+")
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@contextmanager
def folder() -> Iterator[Path]:
    """Give a private folder in the system's temporary one; it goes with the block."""
    pid = os.getpid()
    made = Path(tempfile.mkdtemp(prefix=f"reelscribe-{_machine()}-{boot()}-{pid}-{_start_of(pid)}-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def sweep() -> int:
    """Remove the folders whose processes are gone; returns how many. Others' and unknown folders stay."""
    dead = [path for path in Path(tempfile.gettempdir()).iterdir() if _is_dead(path.name)]
    for path in dead:
        shutil.rmtree(path, ignore_errors=True)
    return sum(not path.exists() for path in dead)


@cache
def boot() -> str:
    """Return a name of this machine's present run, of 8 hex digits; always the same where the system does not tell."""
    text = _BOOT.read_text(encoding="ascii") if _BOOT.exists() else ""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _is_dead(name: str) -> bool:
    found = _NAME.fullmatch(name)
    if found is None or found[1] != _machine():
        return False
    return found[2] != boot() or _start_of(int(found[3])) != int(found[4])


@cache
def _machine() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _start_of(pid: int) -> int:
    """Return when the process began, in the system's own count; 0 where there is none."""
    try:
        # Ticks since boot: unlike a time of day it does not move when the clock is set.
        return int(
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
        )
    except OSError:
        pass
    try:
        return 0 if Path("/proc/self").exists() else int(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0
