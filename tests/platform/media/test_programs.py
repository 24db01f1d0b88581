"""The ffmpeg that is used really runs."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from reelscribe.platform.media import programs


@pytest.fixture
def path_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The only folder of PATH; what was found before is forgotten, before and after."""
    monkeypatch.setenv("PATH", str(tmp_path))
    programs.ffmpeg.cache_clear()
    yield tmp_path
    programs.ffmpeg.cache_clear()


def put(folder: Path, script: str) -> str:
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


def test_ffmpeg_is_the_systems_where_it_runs(path_of: Path) -> None:
    path = put(path_of, "echo ffmpeg version 5.1.9-0+deb12u1 Copyright")

    assert programs.ffmpeg() == programs.Program(path=path, version="5.1.9-0+deb12u1")


@pytest.mark.parametrize("script", ["exit 127", "echo something else"])
def test_ffmpeg_is_the_wheels_where_the_systems_is_broken(script: str, path_of: Path) -> None:
    path = put(path_of, script)

    assert programs.ffmpeg().path != path
    assert programs.ffmpeg().version


def test_environment_of_children_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELSCRIBE_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y" * 40)

    passed = programs.environment()

    assert "PATH" in passed
    assert not [name for name in passed if "SECRET" in name or name.startswith("REELSCRIBE")]
