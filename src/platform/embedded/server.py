"""A server that we start ourselves: what to run, when it is ready, and how to end it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil

from ..errors import Misconfigured
from . import folders


@dataclass(frozen=True, kw_only=True)
class Server:
    """How to run one server; clients find it at ``url`` once ``ready`` says so.

    ``ready`` takes the server's pid. ``stop_signal`` asks it to end cleanly without waiting for clients.
    Without a ``log`` it writes where we write, without a ``folder`` it works where we do. ``pass_fds`` stay
    open in it.
    """

    name: str
    argv: tuple[str, ...]
    url: str
    log: Path | None
    stop_signal: signal.Signals
    before_exec: Callable[[], None]
    ready: Callable[[int], bool]
    pass_fds: tuple[int, ...] = ()
    folder: str | None = None


def launch(server: Server) -> subprocess.Popen[bytes]:
    """Start the server; it dies with the calling thread.

    Raises:
        Misconfigured: the program or its log cannot be opened.
    """
    with output(server) as out:
        try:
            return subprocess.Popen(
                server.argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=server.folder,
                start_new_session=True,
                pass_fds=server.pass_fds,
                preexec_fn=server.before_exec,  # noqa: PLW1509 - only system calls, on a libc loaded beforehand
            )
        except (OSError, subprocess.SubprocessError) as exc:
            raise Misconfigured(f"{server.name} cannot be started: {exc}") from exc


@contextmanager
def output(server: Server) -> Iterator[int]:
    """Give the descriptor that the server writes to.

    Raises:
        Misconfigured: its log cannot be written.
    """
    if server.log is None:
        yield sys.stderr.fileno()
        return
    log = folders.open_log(server.log)
    try:
        yield log
    finally:
        os.close(log)


def wait_ready(server: Server, process: subprocess.Popen[bytes], *, limit: timedelta = timedelta(seconds=60)) -> None:
    """Return once clients can connect.

    Raises:
        Misconfigured: the server ended or took longer than ``limit``; the message has its last words.
    """
    deadline = time.monotonic() + limit.total_seconds()
    while not server.ready(process.pid):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(server, process)
            raise failed_start(server)
        time.sleep(0.01)


def start(server: Server) -> subprocess.Popen[bytes]:
    """Start the server and return once clients can connect.

    Raises:
        Misconfigured: see ``launch`` and ``wait_ready``.
    """
    process = launch(server)
    wait_ready(server, process)
    return process


def stop(server: Server, process: subprocess.Popen[bytes], *, grace: timedelta = timedelta(seconds=20)) -> None:
    """End the server cleanly, or by force after ``grace``; an ended one is no error."""
    if process.poll() is not None:
        return
    process.send_signal(server.stop_signal)
    try:
        process.wait(grace.total_seconds())
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def failed_start(server: Server) -> Misconfigured:
    """Return the error for a server that ended before it was ready, with the reason from its log."""
    if server.log is None or not server.log.exists():
        return Misconfigured(f"{server.name} does not start; the lines above say why")
    lines = server.log.read_text(encoding="utf-8", errors="replace").splitlines()
    if any("No space left on device" in line for line in lines[-20:]):
        return folders.full(server.log)
    reasons = [line for line in lines[-20:] if "FATAL" in line or "PANIC" in line or "rror" in line]
    said = (reasons or lines or ["it said nothing"])[-1].strip()
    return Misconfigured(f"{server.name} does not start: {said}", hint=f"Its log is {server.log}.")


def find(program: str, *, mark: str) -> list[psutil.Process]:
    """Return the running processes of ``program`` that have ``mark`` in their command line."""
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == program and any(mark in part for part in process.info["cmdline"] or ()):
            found.append(process)
    return found


def end_orphans(orphans: Iterable[psutil.Process], stop_signal: signal.Signals) -> None:
    """End servers that an earlier, killed supervisor left behind; returns when they are gone.

    Raises:
        Misconfigured: they belong to somebody else.
    """
    waiting = list(orphans)
    for number in (stop_signal, signal.SIGQUIT, signal.SIGKILL):
        for process in waiting:
            _send(process, number)
        _, waiting = psutil.wait_procs(waiting, timeout=10)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied as exc:
        raise Misconfigured(f"A process of another user, {process.pid}, works in this home") from exc
