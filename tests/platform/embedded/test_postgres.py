"""The embedded PostgreSQL: starts anywhere, survives every kind of stop."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
from reelscribe.platform.embedded import folders, postgres, server
from reelscribe.platform.errors import Misconfigured

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else or to mount")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Path:
    """A home with a cluster, to start again and again."""
    home = tmp_path_factory.mktemp("cluster")
    postgres.prepare(home, durable=False)
    return home


async def test_start_gives_a_database_in_utf8(cluster):
    async with _running(cluster) as (connection, _):
        encoding, upper = await connection.fetchrow("SELECT current_setting('server_encoding'), upper('äçž')")

    assert (encoding, upper) == ("UTF8", "ÄÇŽ")


async def test_start_keeps_committed_rows_when_killed(cluster):
    async with _running(cluster) as (connection, process):
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        process.kill()
        process.wait()
        assert (cluster / "postgres" / "postmaster.pid").exists()

    async with _running(cluster) as (connection, _):
        assert await connection.fetchval("SELECT answer FROM kept") == 42


async def test_start_ends_the_orphan_when_its_supervisor_was_killed(cluster):
    orphan = server.start(postgres.prepare(cluster, durable=False))

    async with _running(cluster) as (connection, _):
        assert await connection.fetchval("SELECT 1") == 1

    assert orphan.wait() == 0


async def test_start_ignores_the_pid_file_when_its_pid_is_somebody_elses(cluster):
    alien = f"{os.getpid()}\n{cluster}\n0\n5432\n{cluster}\n\n  0 0\nready   \n"
    (cluster / "postgres" / "postmaster.pid").write_text(alien)

    async with _running(cluster) as (connection, _):
        assert await connection.fetchval("SELECT 1") == 1


async def test_start_works_when_the_home_path_is_long(tmp_path):
    home = tmp_path / ("long" * 30)

    async with _running(home) as (connection, _):
        assert await connection.fetchval("SELECT 1") == 1
    folders.forget_socket_folder(home / "postgres")


def test_prepare_begins_anew_when_an_earlier_one_was_interrupted(tmp_path):
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("half of it")

    postgres.prepare(tmp_path, durable=False)

    assert (tmp_path / "postgres" / "PG_VERSION").read_text().strip().isdigit()
    assert not (tmp_path / "postgres.new").exists()


def test_prepare_explains_when_the_data_is_of_another_version(cluster):
    version = cluster / "postgres" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("9\n")

    with pytest.raises(Misconfigured, match="made by PostgreSQL 9"):
        postgres.prepare(cluster)
    version.write_text(ours)


def test_server_goes_when_its_supervisor_is_killed(cluster):
    code = f"""
import shutil
import signal
from pathlib import Path
from reelscribe.platform.embedded import postgres, server
print(server.start(postgres.prepare(Path({str(cluster)!r}), durable=False)).pid, flush=True)
signal.pause()
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    process = psutil.Process(int(supervisor.stdout.readline()))

    supervisor.send_signal(signal.SIGKILL)
    supervisor.communicate()

    assert psutil.wait_procs([process], timeout=30)[1] == []


def test_prepare_explains_when_the_home_is_read_only(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    home.chmod(0o555)

    said = _prepare_as_a_normal_user(home)

    assert said.startswith(f"Misconfigured: {home} cannot be written")


@as_root
def test_prepare_explains_when_the_disk_is_full(tmp_path):
    mount = f"mount -t tmpfs -o size=4m none {tmp_path} && exec {sys.executable} -c"

    done = subprocess.run(
        [shutil.which("unshare") or "unshare", "--mount", "sh", "-c", f'{mount} "$0"', _code(tmp_path / "home")],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")

    assert done.stdout.startswith("Misconfigured: The disk that holds")


@as_root
def test_start_works_as_a_normal_user(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)

    said = _prepare_as_a_normal_user(home)

    assert said == "started"


@as_root
async def test_start_works_for_root_when_the_home_is_closed_to_others(cluster):
    async with _running(cluster) as (_, process):
        owner = psutil.Process(process.pid).uids().real

    assert cluster.parent.stat().st_mode & 0o077 == 0
    assert owner != 0


def _code(home: Path) -> str:
    return f"""
from pathlib import Path
from reelscribe.platform.embedded import postgres, server
from reelscribe.platform.errors import Misconfigured
try:
    prepared = postgres.prepare(Path({str(home)!r}), durable=False)
    server.stop(prepared, server.start(prepared))
    print("started")
except Misconfigured as exc:
    print("Misconfigured:", exc)
"""


def _prepare_as_a_normal_user(home: Path) -> str:
    argv = [sys.executable, "-c", _code(home)]
    if os.geteuid() == 0:
        # Reading everywhere, as the interpreter may be root's; writing only where anybody may.
        keep = [
            "--inh-caps=-all,+dac_read_search",
            "--ambient-caps=-all,+dac_read_search",
            "--bounding-set=-all,+dac_read_search",
        ]
        argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *keep, *argv]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    return done.stdout.strip() or done.stderr


@asynccontextmanager
async def _running(home: Path):
    prepared = postgres.prepare(home, durable=False)
    process = server.start(prepared)
    try:
        connection = await asyncpg.connect(prepared.url)
        yield connection, process
        connection.terminate()
    finally:
        server.stop(prepared, process)
