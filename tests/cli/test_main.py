"""The command as such: help, version, exit codes, one line per error."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from reelscribe.cli import main as package_main
from reelscribe.cli.main import _COMMANDS, main
from reelscribe.platform.settings import current

_SLOW_TO_IMPORT = {"asyncpg", "dramatiq", "litestar", "numpy", "piccolo", "redis", "rich", "uvicorn"}


@pytest.fixture
def runner(monkeypatch) -> CliRunner:
    current.cache_clear()
    yield CliRunner()
    monkeypatch.undo()
    current.cache_clear()


def test_help_names_every_command(runner):
    said = runner.invoke(main, ["--help"])

    assert said.exit_code == 0
    for name in _COMMANDS:
        assert f"\n  {name} " in said.output


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_has_help(runner, name):
    said = runner.invoke(main, [name, "--help"])

    assert said.exit_code == 0
    assert said.output.startswith("Usage:")


def test_help_imports_nothing_slow():
    code = "import sys; from reelscribe.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert _SLOW_TO_IMPORT & set(done.stdout.rsplit("\n", 2)[-2].split()) == set()


def test_version_is_that_of_the_package(runner):
    said = runner.invoke(main, ["--version"], prog_name="reelscribe")

    assert said.output.startswith("reelscribe 0.")


def test_exit_code_is_2_when_the_usage_is_wrong(runner):
    assert runner.invoke(main, ["up", "--port", "many"]).exit_code == 2
    assert runner.invoke(main, ["fly"]).exit_code == 2


def test_error_is_one_line_when_a_setting_is_wrong(runner, monkeypatch):
    monkeypatch.setenv("REELSCRIBE_MAX_UPLOAD_BYTES", "lots")

    said = runner.invoke(main, ["up"])

    assert said.exit_code == 1
    assert said.stderr == "error: REELSCRIBE_MAX_UPLOAD_BYTES is 'lots'; it must be a whole number\n"


def test_error_is_one_line_when_the_home_cannot_be_made(runner, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("REELSCRIBE_HOME", str(tmp_path / "file" / "home"))

    said = runner.invoke(main, ["up"])

    assert said.exit_code == 1
    assert said.stderr.startswith(f"error: {tmp_path}/file/home cannot be written: not a directory — Set REELSCRIBE_")
    assert said.stderr.count("\n") == 1


def test_module_runs_like_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "reelscribe", "--version"],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith("reelscribe ")
    assert package_main is main
