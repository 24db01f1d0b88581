"""The servers that are measured, each a real process with its data in a temporary folder."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import httpx
import psutil
from reelscribe.platform.embedded import postgres, redis, server

ROOT = Path(__file__).parents[1]
BENCH_BIN = ROOT / ".venv-bench" / "bin"
_START_SECONDS = 120.0


@contextmanager
def home() -> Iterator[Path]:
    """Give a folder for everything a server keeps."""
    with tempfile.TemporaryDirectory(prefix="rs-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def databases(folder: Path) -> Iterator[tuple[str, str]]:
    """Run PostgreSQL and Redis, as durable as in production; gives their URLs."""
    started = []
    try:
        for prepared in (postgres.prepare(folder), redis.prepare(folder)):
            started.append((prepared, server.start(prepared)))
        yield started[0][0].url, started[1][0].url
    finally:
        for prepared, process in reversed(started):
            server.stop(prepared, process)


@contextmanager
def process(
    argv: list[str], *, env: dict[str, str], url: str, path: str, log: Path, cwd: Path = ROOT
) -> Iterator[psutil.Process]:
    """Run ``argv`` until the block ends; the block begins when ``url + path`` answers 200."""
    with log.open("wb") as out:
        child = subprocess.Popen(argv, env=os.environ | env, cwd=cwd, stdout=out, stderr=out, start_new_session=True)
    try:
        _wait(child, url + path, log)
        yield psutil.Process(child.pid)
    except Exception:
        print(log.read_text(errors="replace")[-4000:], file=sys.stderr)  # the folder is about to go
        raise
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def up(folder: Path, *, workers: int = 1, **settings: str) -> Iterator[tuple[str, psutil.Process]]:
    """Run ``reelscribe up``; gives its address and its supervisor."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    env = {f"REELSCRIBE_{name}": value for name, value in {"HOME": str(folder), **settings}.items()}
    argv = [sys.executable, "-m", "reelscribe", "up", "--port", str(port), "--workers", str(workers)]
    url = f"http://127.0.0.1:{port}"
    with process(argv, env=env, url=url, path="/health/ready", log=folder / "up.log") as supervisor:
        yield url, supervisor


def web_process(supervisor: psutil.Process) -> psutil.Process:
    """Return the web process among the supervisor's children."""
    return next(child for child in supervisor.children(recursive=True) if _is_web(child.cmdline()))


def _is_web(argv: list[str]) -> bool:
    return "reelscribe" in argv and "web" in argv


@contextmanager
def sign_up(url: str, number: int = 0) -> Iterator[httpx.Client]:
    """Register a user; gives a client that is signed in as them."""
    account = {"email": f"bench{number}@example.com", "password": secrets.token_urlsafe(16)}
    with httpx.Client(base_url=f"{url}/api/v1/", timeout=600, trust_env=False) as client:
        client.post("auth/register", json=account).raise_for_status()
        token = client.post("auth/login", json=account).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def token_of(client: httpx.Client) -> str:
    """Return the access token of a client from ``sign_up``."""
    return client.headers["Authorization"].removeprefix("Bearer ")


def finished(client: httpx.Client, job_id: str) -> dict[str, str]:
    """Wait until the job ends; returns it."""
    # The stream of a job ends by itself once the job has.
    with client.stream("GET", f"jobs/{job_id}/events") as events:
        for _ in events.iter_raw():
            pass
    job: dict[str, str] = client.get(f"jobs/{job_id}").raise_for_status().json()
    if job["status"] != "completed":
        raise SystemExit(f"a job of the benchmark is {job['status']}: {job['error']}")
    return job


def upload(client: httpx.Client, path: Path) -> str:
    """Upload a recording; returns its id."""
    with path.open("rb") as file:
        media: dict[str, str] = client.post("media", files={"file": (path.name, file)}).raise_for_status().json()
    return media["id"]


def taken_seconds(job: Mapping[str, str]) -> float:
    """Return how long a finished job took, from acceptance to completion."""
    ended, began = (datetime.fromisoformat(job[name]) for name in ("finished_at", "created_at"))
    return (ended - began).total_seconds()


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time of a process so far, user and system."""
    times = process.cpu_times()
    return times.user + times.system


def _wait(child: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(address, trust_env=False, timeout=5).status_code == httpx.codes.OK:
                return
        time.sleep(0.05)
    raise SystemExit(f"{child.args!r} did not start:\n{log.read_text(errors='replace')[-4000:]}")
