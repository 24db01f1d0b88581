"""Temporary folders of the dead are swept, those of the living never."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from reelscribe.platform import temporary

OWNER = (
    "import sys, time\nfrom reelscribe.platform import temporary\n"
    "with temporary.folder() as made:\n    print(made, flush=True)\n    sys.stdin.read()\n"
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder of this test and its children."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@contextmanager
def owner() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process with a folder of its own; ended when the block is left."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        if process.stdin is not None:
            process.stdin.close()


def test_folder_goes_with_its_block(own_folder):
    with temporary.folder() as made:
        (made / "file").write_bytes(b"x")
        assert made.parent == own_folder
        assert made.stat().st_mode & 0o077 == 0

    assert list(own_folder.iterdir()) == []


def test_folder_of_a_living_owner_is_not_swept():
    with owner() as (_, made), temporary.folder() as ours:
        assert temporary.sweep() == 0

        assert made.is_dir()
        assert ours.is_dir()


def test_folder_of_a_dead_owner_is_swept_with_its_content():
    with owner() as (process, made):
        (made / "audio.wav").write_bytes(b"sound")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        assert made.is_dir()

        assert temporary.sweep() == 1

        assert not made.exists()


def test_process_that_got_the_number_of_a_dead_one_does_not_keep_its_folder(own_folder):
    with temporary.folder() as ours:
        machine, boot, pid, start, rest = ours.name.removeprefix("reelscribe-").split("-", 4)
        left = own_folder / f"reelscribe-{machine}-{boot}-{pid}-{int(start) - 1}-{rest}"
        left.mkdir()
        earlier = own_folder / f"reelscribe-{machine}-00000000-{pid}-{start}-{rest}"
        earlier.mkdir()

        assert temporary.sweep() == 2

        assert ours.is_dir()


@pytest.mark.parametrize(
    "name", ["reelscribe-abc123", "reelscribe-ffffffff-00000000-1-1-x", "other-1-2", "reelscribe-socket"]
)
def test_folder_that_may_be_somebody_elses_stays(own_folder, name):
    (own_folder / name).mkdir()

    assert temporary.sweep() == 0

    assert (own_folder / name).is_dir()


def test_sweep_survives_what_it_may_not_remove(own_folder):
    with temporary.folder() as ours:
        pass
    ours.write_bytes(b"a file, not a folder")
    ours.chmod(0o400)

    assert temporary.sweep() == 0
