"""``reelscribe up``: the whole platform under one supervisor, however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest
from reelscribe.cli import home as homes
from reelscribe.cli import launch

pytestmark = pytest.mark.slow


def test_up_is_ready_when_it_says_so(platform):
    answer = httpx.get(f"{platform.url}/health/ready")

    assert answer.status_code == 200


def test_up_creates_an_administrator_at_its_first_start(platform):
    email, password = re.search(r"Sign in as (\S+) with the password (\S+)", platform.output.read_text()).groups()

    answer = httpx.post(f"{platform.url}/api/v1/auth/login", json={"email": email, "password": password})
    token = answer.json()["access_token"]
    me = httpx.get(f"{platform.url}/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})

    assert me.json()["role"] == "admin"


def test_up_keeps_its_secret_to_itself(platform):
    secret = platform.home / "secret.key"

    assert secret.stat().st_mode & 0o777 == 0o600
    assert len(secret.read_text()) == 64


def test_up_refuses_when_it_already_runs_in_this_home(platform):
    done = _reelscribe("up", "--port", "0", home=platform.home)

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"error: Reelscribe already runs in {platform.home} (process {platform.pid}, {platform.url})"
        " — Stop that one, or set REELSCRIBE_HOME to another folder."
    ]


def test_up_explains_when_the_port_is_taken(platform, tmp_path):
    port = platform.url.rpartition(":")[2]

    done = _reelscribe("up", "--port", port, home=tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith(f"error: Cannot listen on 127.0.0.1 port {port}")
    assert done.stderr.count("\n") == 1


def test_users_create_uses_the_servers_of_up_when_it_runs(platform, unique):
    created = _reelscribe("users", "create", f"{unique}@example.test", home=platform.home)
    granted = _reelscribe("users", "grant", f"{unique}@example.test", "12.5", home=platform.home)

    assert created.returncode == 0, created.stderr
    assert granted.stdout == f"{unique}@example.test now has 612.50 credits.\n"


@pytest.mark.chaos
@pytest.mark.parametrize("part", ["web", "worker", "scheduler"])
def test_up_restarts_a_part_when_it_is_killed(platform, part):
    before = _part(platform.pid, part)

    before.kill()
    psutil.wait_procs([before], timeout=10)
    _until(lambda: _is_another(platform.pid, part, before))

    assert httpx.get(f"{platform.url}/health/ready", timeout=60).status_code == 200


@pytest.mark.chaos
def test_up_runs_twice_on_one_machine_and_leaves_nothing_when_stopped(platform):
    with launch.platform() as other:
        family = psutil.Process(other.pid).children(recursive=True)
        assert httpx.get(f"{other.url}/health/ready").status_code == 200

    assert len(family) > 4
    assert [process for process in family if process.is_running()] == []
    assert httpx.get(f"{platform.url}/health/ready").status_code == 200


@pytest.mark.chaos
def test_up_starts_again_when_it_was_killed(tmp_path):
    home = tmp_path / "home"
    with launch.platform(home) as first:
        family = psutil.Process(first.pid).children(recursive=True)
        os.kill(first.pid, signal.SIGKILL)
        _, left = psutil.wait_procs(family, timeout=30)
        assert left == []
        assert homes.running(home).pid == first.pid  # it had no time to tidy up

    with launch.platform(home) as second:
        assert httpx.get(f"{second.url}/health/ready").status_code == 200
        assert "Sign in" not in second.output.read_text()


def _reelscribe(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REELSCRIBE_")}
    return subprocess.run(
        [sys.executable, "-m", "reelscribe", *arguments],
        env=kept | {"REELSCRIBE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _part(supervisor: int, name: str) -> psutil.Process:
    found = [process for process in psutil.Process(supervisor).children() if name in process.cmdline()]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def _is_another(supervisor: int, name: str, before: psutil.Process) -> bool:
    return any(
        name in process.cmdline() and process.pid != before.pid for process in psutil.Process(supervisor).children()
    )


def _until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
