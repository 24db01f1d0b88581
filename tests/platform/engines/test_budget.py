"""How much memory there is, as machines and containers say it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from reelscribe.platform.engines import budget
from reelscribe.platform.engines.messages import Open

GIB = 1024**3


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": f"{GIB}\n"}, id="v2"),
        pytest.param(
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/memory.max": "max\n",
                "sys/fs/cgroup/a/memory.max": f"{GIB}\n",
            },
            id="v2, the group above",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/host/path\n", "sys/fs/cgroup/memory.max": f"{GIB}\n"}, id="v2 in a container"
        ),
        pytest.param(
            {
                "proc/self/cgroup": "5:cpu:/a\n4:hugetlb,memory:/a\n0::/\n",
                "sys/fs/cgroup/memory/a/memory.limit_in_bytes": f"{GIB}\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            id="v1",
        ),
    ],
)
def test_limit_of_the_control_group_counts(tmp_path: Path, files: dict[str, str]) -> None:
    assert budget.machine_bytes(root=tree(tmp_path, files)) == GIB


@pytest.mark.parametrize("content", ["max\n", "9223372036854771712\n", "strange\n"])
def test_without_a_limit_the_machine_counts(tmp_path: Path, content: str) -> None:
    root = tree(tmp_path, {"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": content})

    assert budget.machine_bytes(root=root) == psutil.virtual_memory().total


def test_three_quarters_are_allowed_unless_the_settings_say_more(tmp_path: Path) -> None:
    root = tree(tmp_path, {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": f"{GIB}\n"})

    assert budget.allowed(0, root=root) == GIB * 3 // 4
    assert budget.allowed(5 * GIB, root=root) == 5 * GIB


def test_need_is_the_size_of_the_files_until_it_was_seen(tmp_path: Path) -> None:
    root = tree(tmp_path, {"model/model.bin": "x" * 300, "model/deep/config.json": "x" * 20})
    order, needs = Open(engine="a", folder=str(root / "model")), budget.Needs()
    libraries = needs.of(Open(engine="b"))
    assert needs.of(order) == libraries + 320
    assert libraries > 100_000_000

    needs.saw(order, 5000)

    assert needs.of(order) == 5000
    assert needs.of(Open(engine="c", folder=str(tmp_path / "none"))) == libraries


def test_process_that_is_gone_holds_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        pass

    assert budget.resident_bytes(child.pid) == 0
    assert budget.resident_bytes(os.getpid()) > 10_000_000


def test_kernel_says_how_often_it_killed_for_memory(tmp_path: Path) -> None:
    root = tree(tmp_path, {"proc/vmstat": "nr_free_pages 5\noom_kill 3\noom_killed_before 7\n"})

    assert budget.oom_kills(root=root) == 3
    assert budget.oom_kills(root=tmp_path / "none") == 0
