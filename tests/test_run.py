"""How ./run adds WhisperX to an environment that is there; uv and pip are stand-ins that write down what is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = f"""#!/bin/sh
[ "$1" = -m ] || exec {sys.executable} "$@"
echo "pip $*" >>"$RUN_LOG"
[ -z "${{RUN_BREAKS:-}}" ]
"""
UV = """#!/bin/sh
echo "uv $*" >>"$RUN_LOG"
[ -z "${RUN_BREAKS:-}" ]
"""


@dataclass
class Checkout:
    """A copy of what ``./run`` needs, with a light environment set up in it."""

    root: Path

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.root}/bin:{os.environ['PATH']}"
        return subprocess.run(
            [str(self.root / "run"), *words],
            env={**os.environ, "PATH": path, "RUN_LOG": str(self.root / "log"), **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def installed(self) -> list[str]:
        """Return the requirement files that uv was given, in order."""
        log = self.root / "log"
        words = log.read_text().split() if log.exists() else []
        return [Path(word).stem for word in words if word.endswith(".txt")]


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path)
    shutil.copy(ROOT / "run", tmp_path / "run")
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    program(tmp_path / ".venv/bin/python", PYTHON)
    program(tmp_path / ".venv/bin/uv", UV)
    program(tmp_path / ".venv/bin/reelscribe", "#!/bin/sh\necho reelscribe\n")
    (tmp_path / ".venv/.set-up-base").touch()  # out of date: the first call renews it
    made.run("doctor")
    (tmp_path / "log").unlink()
    return made


def test_whisperx_is_added_once(checkout: Checkout) -> None:
    first, second = checkout.run("whisperx"), checkout.run("whisperx")

    assert (first.returncode, second.returncode) == (0, 0)
    assert "8 GB" in first.stderr
    assert checkout.installed() == ["whisperx"]


def test_whisperx_stays_when_something_else_runs(checkout: Checkout) -> None:
    checkout.run("whisperx")

    result = checkout.run("doctor")

    assert result.stdout == "reelscribe\n"
    assert checkout.installed() == ["whisperx"]


def test_whisperx_is_renewed_with_its_pins(checkout: Checkout) -> None:
    checkout.run("whisperx")
    with (checkout.root / "requirements/whisperx.txt").open("a") as pins:
        pins.write("# changed\n")

    result = checkout.run("doctor")

    assert result.stdout == "reelscribe\n"
    assert checkout.installed() == ["whisperx", "whisperx"]


def test_whisperx_is_renewed_with_everything(checkout: Checkout) -> None:
    checkout.run("whisperx")
    with (checkout.root / "pyproject.toml").open("a") as project:
        project.write("# changed\n")

    checkout.run("doctor")
    checkout.run("doctor")

    assert checkout.installed() == ["whisperx", "uv", "base", "build", "whisperx"]


def test_light_environment_never_gets_whisperx(checkout: Checkout) -> None:
    with (checkout.root / "requirements/whisperx.txt").open("a") as pins:
        pins.write("# changed\n")

    checkout.run("doctor")

    assert checkout.installed() == []


def test_too_little_disk_is_said_before_anything_is_fetched(checkout: Checkout) -> None:
    program(checkout.root / "bin/df", "#!/bin/sh\necho header; echo disk 9 9 11000000 9% /\n")

    result = checkout.run("whisperx")

    assert result.returncode == 1
    assert "12 GB" in result.stderr
    assert checkout.installed() == []


def test_failed_whisperx_leaves_the_light_environment(checkout: Checkout) -> None:
    result = checkout.run("whisperx", RUN_BREAKS="1")

    assert result.returncode == 1
    assert "packages could not be installed" in result.stderr
    assert checkout.run("doctor").stdout == "reelscribe\n"
    assert not (checkout.root / ".venv/.set-up-whisperx").exists()


def test_ci_runs_both_kinds_of_tests() -> None:
    lines = (ROOT / ".ci/run").read_text().splitlines()

    assert lines[-2:] == ["./run test", "./run test-whisperx"]
