"""How much memory engine processes may hold together, and how much they do."""

from __future__ import annotations

from pathlib import Path

import psutil

from .messages import Open

# The rest is for the worker itself, ffmpeg and whoever else lives here.
_SHARE = 0.75
# What a process takes beside its model, as long as nothing better is known: Python, CTranslate2, onnxruntime and PyAV
# hold 150 MB before the first weight; torch takes more, which is known after the first time.
_LIBRARIES_BYTES = 150 * 1024**2


class Needs:
    """What a process of each kind will likely need, in bytes: the most that the same held before, else its files' size.

    The libraries are added to the files, or several processes would be started at once that do not fit together.
    """

    def __init__(self) -> None:
        """Have seen none yet."""
        self._seen: dict[Open, int] = {}

    def of(self, order: Open) -> int:
        """Return what a process that is ``order`` will likely hold."""
        known = self._seen.get(order)
        return _LIBRARIES_BYTES + _files_bytes(order.folder) if known is None else known

    def saw(self, order: Open, held: int) -> None:
        """Note that a process that is ``order`` held so much at most."""
        self._seen[order] = held


def allowed(wanted: int, *, root: Path = Path("/")) -> int:
    """Return ``wanted`` bytes, or for 0 three quarters of what the machine or our control group has."""
    return wanted or int(machine_bytes(root=root) * _SHARE)


def machine_bytes(*, root: Path = Path("/")) -> int:
    """Return the memory of this machine, or the limit of our control group where that is less."""
    return min([int(psutil.virtual_memory().total), *_limits(root)])


def resident_bytes(pid: int) -> int:
    """Return what a process holds now, pages that it shares with others included; 0 where it has ended."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def oom_kills(*, root: Path = Path("/")) -> int:
    """Return how often the kernel has killed a process here for want of memory; 0 where it does not say.

    Of the whole machine ("oom_kill" of /proc/vmstat, since Linux 4.13): a child that dies by SIGKILL while this grows
    very likely died of it.
    """
    try:
        lines = (root / "proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def _limits(root: Path) -> list[int]:
    """Read the limits of our control groups and of all above them, of both versions.

    See "memory.max" in the kernel's cgroup-v2.rst and "memory.limit_in_bytes" in cgroup-v1/memory.rst. In a container
    the path of the group is often that of the host, while the mounted tree begins with our own: hence also its root.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    limits: list[int] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            limits += _upwards(root / "sys/fs/cgroup", path, "memory.max")
        elif "memory" in controllers.split(","):
            limits += _upwards(root / "sys/fs/cgroup/memory", path, "memory.limit_in_bytes")
    return limits


def _upwards(top: Path, path: str, name: str) -> list[int]:
    folder = top / path.strip("/")
    folders = [folder, *(each for each in folder.parents if each.is_relative_to(top))]
    return [limit for each in folders if (limit := _number(each / name)) is not None]


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # "max": no limit
        return None


def _files_bytes(folder: str) -> int:
    if not folder:
        return 0
    try:
        return sum(each.stat().st_size for each in Path(folder).rglob("*") if each.is_file())
    except OSError:  # it is being changed
        return 0
