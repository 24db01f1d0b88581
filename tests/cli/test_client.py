"""The client commands, against a running platform, over its public API."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest
from click.testing import CliRunner, Result
from reelscribe.cli.client import Client, NewJob
from reelscribe.cli.main import main
from reelscribe.platform.resources import data_path

pytestmark = pytest.mark.slow

_SAID = "Words that are their own transcript."


@pytest.fixture(scope="session")
def key(platform) -> str:
    """The API key of an account on the platform."""
    with Client(platform.url) as client:
        client.register("client@example.test", "a long password")
        return client.make_key("client@example.test", "a long password", name="tests")


@pytest.fixture
def run(platform, key, monkeypatch, tmp_path):
    """Run a client command with the key, in an empty folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REELSCRIBE_API_KEY", key)
    monkeypatch.setenv("REELSCRIBE_SERVER", platform.url)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return run


@pytest.fixture
def talk(tmp_path) -> Path:
    path = tmp_path / "talk.txt"
    path.write_text(_SAID)
    return path


def test_login_remembers_a_key_that_works(run, monkeypatch, tmp_path):
    monkeypatch.delenv("REELSCRIBE_API_KEY")
    login = run("login", "--email", "client@example.test", "--password", "a long password")
    monkeypatch.delenv("REELSCRIBE_SERVER")

    listed = run("jobs", "list", "--json")

    assert login.exit_code == 0, login.output
    assert (tmp_path / "config" / "reelscribe" / "login.json").stat().st_mode & 0o777 == 0o600
    assert isinstance(msgspec.json.decode(listed.output), list)


def test_login_fails_when_the_password_is_wrong(run):
    said = run("login", "--email", "client@example.test", "--password", "another password")

    assert said.exit_code == 1
    assert said.stderr.startswith("error: E-mail address or password is wrong.")


def test_transcribe_writes_each_format(run, talk, tmp_path):
    done = run("transcribe", str(talk), "--engine", "stub", "--format", "srt", "--format", "json", "--out", "texts")

    assert done.exit_code == 0, done.output
    assert _SAID in (tmp_path / "texts" / "talk.srt").read_text()
    assert msgspec.json.decode((tmp_path / "texts" / "talk.json").read_bytes())["text"].strip() == _SAID


def test_transcribe_writes_to_the_standard_output_when_told(run, talk):
    done = run("transcribe", str(talk), "--engine", "stub", "--out", "-")

    assert _SAID in done.stdout


def test_transcribe_goes_on_when_one_file_is_missing_and_one_is_not_media(run, talk, tmp_path):
    (tmp_path / "fake.mp3").write_bytes(b"\x00\x01 nothing to hear " * 100)

    done = run("transcribe", "missing.mp3", "fake.mp3", str(talk), "--engine", "stub", "--out", "texts")

    assert done.exit_code == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert errors[0] == "error: missing.mp3 cannot be read: no such file or directory"
    assert len(errors) == 2
    assert errors[1].startswith("error: fake.mp3: ")
    assert (tmp_path / "texts" / "talk.txt").exists()


def test_jobs_shows_what_list_names(run, talk):
    run("transcribe", str(talk), "--engine", "stub", "--out", "-")
    newest = msgspec.json.decode(run("jobs", "list", "--limit", "1", "--json").output)[0]

    shown = run("jobs", "show", newest["id"])

    assert shown.output.startswith(f"{newest['id']}: completed, ")


def test_jobs_cancel_fails_when_the_job_has_ended(run, talk):
    run("transcribe", str(talk), "--engine", "stub", "--out", "-")
    newest = msgspec.json.decode(run("jobs", "list", "--limit", "1", "--json").output)[0]

    said = run("jobs", "cancel", newest["id"])

    assert said.exit_code == 1
    assert said.stderr.startswith("error: ")


def test_jobs_show_fails_when_there_is_no_such_job(run):
    said = run("jobs", "show", "00000000-0000-4000-8000-000000000000")

    assert (said.exit_code, said.stderr.count("\n")) == (1, 1)
    assert "no such job" in said.stderr


def test_error_is_one_line_when_the_key_is_unknown(run, monkeypatch):
    monkeypatch.setenv("REELSCRIBE_API_KEY", "rs_unknown")

    said = run("jobs", "list")

    assert (said.exit_code, said.stderr.count("\n")) == (1, 1)


def test_error_is_one_line_when_there_is_no_key(run, monkeypatch):
    monkeypatch.delenv("REELSCRIBE_API_KEY")

    said = run("jobs", "list")

    assert said.stderr.startswith("error: There is no key for http://")


def test_error_is_one_line_when_the_server_is_not_there(run):
    said = run("jobs", "list", "--server", "http://127.0.0.1:1")

    assert said.exit_code == 1
    assert said.stderr.startswith("error: http://127.0.0.1:1 does not answer")
    assert said.stderr.count("\n") == 1


@pytest.mark.chaos
def test_follow_goes_on_when_the_web_process_is_killed(platform, key):
    killed = []

    def said(event):
        if event.stage == "transcribe" and not killed:
            killed.extend(each for each in psutil.Process(platform.pid).children() if "web" in each.cmdline())
            killed[0].kill()

    with Client(platform.url, key) as client:
        media_id = client.upload(data_path("samples") / "lecture.mp4")
        started = client.create(NewJob(media_id=media_id, engine="pocketsphinx", language="en"))
        ended = client.follow(started.id, said)

    assert len(killed) == 1
    assert ended.status == "completed"


@pytest.mark.chaos
def test_demo_writes_transcripts_and_leaves_nothing(talk, tmp_path):
    argv = [sys.executable, "-m", "reelscribe", "demo", str(talk), "--engine", "stub", "--out", str(tmp_path / "out")]

    done = subprocess.run(argv, env=_environ(tmp_path), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert _SAID in done.stdout
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"transcript.{form}" for form in ("json", "srt", "txt", "vtt")
    ]
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.chaos
def test_demo_stops_what_it_started_when_it_is_told_to_go(tmp_path):
    argv = [sys.executable, "-m", "reelscribe", "demo", "--engine", "pocketsphinx", "--out", str(tmp_path / "out")]
    demo = subprocess.Popen(argv, env=_environ(tmp_path), stderr=subprocess.PIPE, text=True)
    while "ingest" not in demo.stderr.readline():
        assert demo.poll() is None
    family = psutil.Process(demo.pid).children(recursive=True)

    demo.send_signal(signal.SIGTERM)
    demo.communicate()

    assert demo.returncode == 128 + signal.SIGTERM
    assert len(family) > 5
    assert psutil.wait_procs(family, timeout=1)[1] == []
    assert list((tmp_path / "tmp").iterdir()) == []


def _environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tmp").mkdir()
    return {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
