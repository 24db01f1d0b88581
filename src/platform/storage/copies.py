"""Copies of stored files in one folder of this machine: how they are named, counted and removed.

``<key>-<content>`` is a whole copy, with ``.part`` one that is on its way, both named by digests. Whoever uses a copy
shares its lock, whoever writes or removes one has it alone; so all processes of the machine may work here at once.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from .. import temporary
from .grip import Grip

UNUSED_SECONDS = 15 * 60  # between the steps of a job lies less; what a customer deletes is gone soon
PART = ".part"
_NAME = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}(?:\.part)?")


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A copy in the folder; ``size`` in bytes as it will be, ``on_disk`` as it is; ``used`` in Unix seconds."""

    path: Path
    size: int
    on_disk: int
    used: float

    @property
    def is_whole(self) -> bool:
        """Whether it can be used; else it is on its way, or was when its process was killed."""
        return self.path.suffix != PART


class Copies:
    """The copies in ``folder``, which together take at most ``limit_bytes``, and half of what is free without them."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self._folder = folder
        self.limit_bytes = limit_bytes

    def prepare(self) -> None:
        """Make the folder, for nobody else to look into."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)

    def path(self, key: str, content: str) -> Path:
        """Return where the copy of a stored file is, once it is whole; ``content`` differs when the file does.

        After a restart of the machine nothing is used again: a copy is not flushed to the disk, and may have holes.
        """
        return self._folder / f"{_digest(key)}-{_digest(content, temporary.boot())}"

    def begin(self, whole: Path, grip: Grip) -> bool:
        """Take the copy in hand, to fetch it; False where it is there, or somebody else fetches it."""
        if whole.exists() or not grip.own(whole.with_suffix(PART), create=True):
            return False
        if whole.exists():  # finished in between
            grip.remove()
            return False
        return True

    def reserve(self, grip: Grip, size: int) -> bool:
        """Set ``size`` bytes aside for the copy in hand, removing unused ones; False where the bounds do not allow it.

        It is reserved first and counted then, so that two processes that do so at once never both go too far.
        """
        if size > self._bound(self._found()):
            return False
        os.ftruncate(grip.fd, size)
        self.shrink()
        found = self._found()
        return _total(found) <= self._bound(found)

    def shrink(self) -> int:
        """Remove unused copies, the longest unused first, until the rest is within the bounds; returns how many."""
        found = self._found()
        return self._remove(found, until=_total(found) - self._bound(found)) if found else 0

    def make_room(self, wanted: int) -> int:
        """Remove unused copies until ``wanted`` bytes are free that were not; returns how many."""
        return self._remove(self._found(), until=wanted)

    def tidy(self) -> int:
        """Remove what killed processes left, what has not been used for a while, and what is too much."""
        now = time.time()
        # A clock that was set back makes times of the future, which would be kept for long.
        old = [copy for copy in self._found() if not copy.is_whole or abs(now - copy.used) > UNUSED_SECONDS]
        return _remove_all(old) + self.shrink()

    def forget(self, key: str) -> int:
        """Remove the copies of a stored file that is no more, but for those in use."""
        return _remove_all(copy for copy in self._found() if copy.path.name.startswith(f"{_digest(key)}-"))

    def clear(self) -> int:
        """Remove all that nobody uses."""
        return _remove_all(self._found())

    def _found(self) -> list[Copy]:
        """Return all copies, the longest unused first."""
        found = (_copy(path) for path in _listed(self._folder))
        return sorted(filter(None, found), key=lambda copy: (copy.is_whole, copy.used))

    def _bound(self, found: list[Copy]) -> int:
        """Return how many bytes all copies may take now."""
        state = os.statvfs(self._folder)
        free_without = state.f_bavail * state.f_frsize + sum(copy.on_disk for copy in found)
        return min(self.limit_bytes, free_without // 2)

    def _remove(self, found: list[Copy], *, until: int) -> int:
        removed = freed = 0
        for copy in found:
            if freed >= until:
                break
            if remove(copy.path):
                removed, freed = removed + 1, freed + copy.size
        return removed


def remove(path: Path) -> bool:
    """Remove a copy; False where somebody uses or fetches it, it is gone, or of another user of this machine."""
    with closing(Grip()) as grip:
        try:
            if not grip.own(path):
                return False
        except PermissionError:  # one file that is not ours must not keep all others here
            return False
        grip.remove()
        return True


def _remove_all(found: Iterable[Copy]) -> int:
    return sum(remove(copy.path) for copy in found)


def _total(found: list[Copy]) -> int:
    return sum(copy.size for copy in found)


def _listed(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):
        return [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return []


def _copy(path: Path) -> Copy | None:
    """Return what lies there, or what a part became since it was listed; None where it is gone."""
    for name in (path, path.with_suffix("")):
        with suppress(FileNotFoundError):
            state = name.lstat()
            on_disk = min(state.st_blocks * 512, state.st_size)
            return Copy(path=name, size=state.st_size, on_disk=on_disk, used=state.st_atime)
    return None


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]
