"""The command line, as somebody types it: exit codes, one-line errors, output for programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from reelscribe.cli import launch

from tests.acceptance.conftest import API

COMMANDS = [
    ["demo"], ["up"], ["web"], ["worker"], ["scheduler"], ["migrate"], ["doctor"], ["users"], ["users", "create"],
    ["users", "grant"], ["login"], ["transcribe"], ["clips"], ["jobs"], ["jobs", "list"], ["jobs", "show"],
    ["jobs", "cancel"], ["jobs", "retry"],
]  # fmt: skip


@pytest.fixture(scope="module")
def key(owner: httpx.Client) -> str:
    made: str = owner.post(f"{API}/keys", json={"name": "command line"}).json()["key"]
    return made


@pytest.fixture
def environ(server: str, key: str, tmp_path: Path) -> dict[str, str]:
    """A person's environment: a key, a server, nothing of the tests' own settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REELSCRIBE_")}
    return {**clean, "HOME": str(tmp_path), "REELSCRIBE_SERVER": server, "REELSCRIBE_API_KEY": key}


@pytest.fixture
def run(environ: dict[str, str], tmp_path: Path):
    def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "reelscribe", *arguments]
        env = {name: value for name, value in {**environ, **changed}.items() if value}
        return subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    return run


def _is_one_line(done: subprocess.CompletedProcess[str]) -> bool:
    return done.returncode == 1 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


@pytest.mark.slow
def test_every_command_explains_itself(run) -> None:
    for command in ([], *COMMANDS):
        done = run(*command, "--help")

        assert (done.returncode, done.stderr) == (0, ""), command
        assert done.stdout.startswith("Usage: "), command


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["--nope"],
        ["transcribe"],
        ["jobs", "show"],
        ["jobs", "list", "--limit", "x"],
        ["users", "grant", "a@b.cd"],
    ],
)
def test_wrong_usage_exits_with_2(run, arguments: list[str]) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_error_is_one_line_when_the_key_is_wrong(run) -> None:
    assert _is_one_line(run("jobs", "list", REELSCRIBE_API_KEY="rs_wrong"))


def test_error_is_one_line_when_the_server_is_not_there(run) -> None:
    assert _is_one_line(run("jobs", "list", "--server", "http://127.0.0.1:9"))


def test_error_is_one_line_when_a_setting_is_wrong(run) -> None:
    done = run("migrate", REELSCRIBE_DATABASE_POOL_SIZE="many")

    assert _is_one_line(done)
    assert "REELSCRIBE_DATABASE_POOL_SIZE" in done.stderr


def test_error_is_one_line_when_the_id_is_none(run) -> None:
    for command in ("show", "cancel", "retry"):
        done = run("jobs", command, "not-an-id")

        assert done.returncode in (1, 2)
        assert "Traceback" not in done.stderr


def test_transcribe_writes_a_file_for_each_recording(run, tmp_path: Path) -> None:
    names = ("first.txt", "second talk.txt", "--third.txt")
    for name in names:
        (tmp_path / name).write_text(f"These are the words of {name[:-4]}.")

    done = run("transcribe", "--engine", "stub", "--format", "srt", "--out", "out", "--", *names)

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(f"{name[:-4]}.srt" for name in names)
    assert "words of second talk" in (tmp_path / "out" / "second talk.srt").read_text()


def test_transcribe_does_not_overwrite_when_names_are_alike(run, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "talk.txt").write_text(f"From folder {folder}.")

    done = run("transcribe", "a/talk.txt", "b/talk.txt", "--engine", "stub", "--format", "txt", "--out", "out")

    texts = [path.read_text() for path in (tmp_path / "out").iterdir()]
    assert sorted(text.strip() for text in texts) == ["From folder a.", "From folder b."], done.stderr


def test_jobs_are_listed_for_programs(run, finished_job: dict) -> None:
    done = run("jobs", "list", "--status", "completed", "--json")

    listed = json.loads(done.stdout)
    assert finished_job["id"] in {job["id"] for job in listed}


def test_doctor_tells_programs_what_it_found(run, tmp_path: Path) -> None:
    done = run("doctor", "--json", REELSCRIBE_HOME=str(tmp_path / "home"))

    checks = json.loads(done.stdout)
    assert {"PostgreSQL", "Redis", "storage", "ffmpeg", "disk", "clock"} <= {check["name"] for check in checks}
    assert all(check["fix"] for check in checks if check["level"] != "ok")
    assert done.returncode == (1 if any(check["level"] == "fail" for check in checks) else 0)


def test_administrator_from_the_shell_may_use_critical_priority(
    run, platform: launch.Platform, anyone: httpx.Client, connect, unique: str
) -> None:
    email = f"{unique}@example.test"
    done = run("users", "create", email, "--admin", "--json", REELSCRIBE_HOME=str(platform.home))
    assert done.returncode == 0, done.stderr
    credentials = {"email": email, "password": json.loads(done.stdout)["password"]}

    admin = connect(anyone.post(f"{API}/auth/login", json=credentials).json()["access_token"])
    media = admin.post(f"{API}/media", files={"file": ("a.txt", b"Urgent words.")}).json()["id"]
    job = admin.post(f"{API}/jobs", json={"media_id": media, "engine": "stub", "priority": "critical"})

    assert (job.status_code, job.json()["priority"]) == (202, "critical")
