"""A lock of the kernel on one file of a folder that processes share (flock); a killed process loses all its locks."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path


class Grip:
    """At most one file, held together with others or alone; nobody else's hold is waited for. Close it always."""

    def __init__(self) -> None:
        self._path = Path()
        self._fd = -1

    @property
    def fd(self) -> int:
        """The open file."""
        return self._fd

    def share(self, path: Path) -> bool:
        """Hold the file, so that nobody removes it; False where it is absent or somebody has it alone."""
        return self._take(path, os.O_RDONLY, fcntl.LOCK_SH)

    def own(self, path: Path, *, create: bool = False) -> bool:
        """Hold the file alone; False where somebody else holds it, or it is absent and not to be created."""
        return self._take(path, os.O_RDWR | (os.O_CREAT if create else 0), fcntl.LOCK_EX)

    def size(self) -> int:
        """Return the file's size in bytes."""
        return os.fstat(self._fd).st_size

    def publish(self, path: Path) -> bool:
        """Give the file, which is held alone, its name, and share it; False where it was removed in that moment."""
        self._path.replace(path)
        self._path = path
        try:
            # The kernel lets go of the one lock before it gives the other.
            fcntl.flock(self._fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return self._is_named()

    def touch(self) -> None:
        """Note that the file is used now; its time of change stays, by which ``media.probe`` knows it again."""
        with suppress(OSError):  # then it is removed too early, which costs another download and no job
            os.utime(self._fd, ns=(time.time_ns(), os.fstat(self._fd).st_mtime_ns))

    def remove(self) -> None:
        """Remove the file, which is held alone."""
        self._path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _take(self, path: Path, flags: int, how: int) -> bool:
        self.close()
        try:
            self._fd = os.open(path, flags | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:
            return False
        self._path = path
        try:
            fcntl.flock(self._fd, how | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            return False
        # It may have been removed, or have got another name, between opening and locking.
        if not self._is_named():
            self.close()
            return False
        return True

    def _is_named(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._fd), self._path.lstat())
        except FileNotFoundError:
            return False
