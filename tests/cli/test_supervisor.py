"""The supervisor: starts, restarts, stops, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from reelscribe.cli.supervisor import Service, Supervisor
from reelscribe.platform.embedded import identity
from reelscribe.platform.embedded.server import Server
from reelscribe.platform.errors import Misconfigured

_PATIENT = "import signal; signal.pause()"
_DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"


@pytest.fixture
def said() -> asyncio.Queue[str]:
    return asyncio.Queue()


@pytest.fixture
async def supervisor(said):
    supervisor = Supervisor(said.put_nowait)
    yield supervisor
    await supervisor.stop()


async def test_start_returns_when_the_service_is_ready(supervisor, tmp_path):
    code = f"import pathlib, signal; pathlib.Path({str(tmp_path / 'there')!r}).touch(); signal.pause()"

    await supervisor.start(_service("one", code, ready=lambda _pid: (tmp_path / "there").exists()))

    assert psutil.Process(supervisor.pids()["one"]).is_running()


async def test_start_explains_when_the_service_ends_at_once(supervisor, tmp_path):
    code = "import sys; sys.exit('FATAL: no such thing')"

    with pytest.raises(Misconfigured, match="one does not start: FATAL: no such thing"):
        await supervisor.start(_service("one", code, ready=lambda _pid: False, log=tmp_path / "log"))


async def test_child_starts_again_when_it_is_killed(supervisor, said):
    await supervisor.start(_service("one", _PATIENT))
    first = supervisor.pids()["one"]

    os.kill(first, signal.SIGKILL)
    line = await asyncio.wait_for(said.get(), 10)
    second = await _another_pid(supervisor, first)

    assert line == "one ended (SIGKILL); it starts again in 0.2 s"
    assert psutil.Process(second).is_running()


async def test_pause_grows_when_the_child_keeps_ending(supervisor, said):
    await supervisor.start(_service("one", "import sys; sys.exit(3)"))

    lines = [await asyncio.wait_for(said.get(), 20) for _ in range(3)]

    assert lines == [f"one ended (exit code 3); it starts again in {pause} s" for pause in ("0.2", "0.4", "0.8")]


async def test_stop_ends_the_last_tier_first(said, tmp_path):
    order = tmp_path / "order"
    supervisor = Supervisor(said.put_nowait)
    for name in ("first", "second"):
        code = f"""
import pathlib, signal, sys
def end(*_):
    with open({str(order)!r}, "a") as file:
        file.write("{name} ")
    sys.exit()
signal.signal(signal.SIGTERM, end)
pathlib.Path({str(tmp_path / name)!r}).touch()
while True:
    signal.pause()
"""
        await supervisor.start(_service(name, code, ready=lambda _pid, name=name: (tmp_path / name).exists()))

    await supervisor.stop()

    assert order.read_text() == "second first "
    assert said.empty()


async def test_stop_kills_what_does_not_listen(said, tmp_path):
    supervisor = Supervisor(said.put_nowait)
    log = tmp_path / "log"
    ready = lambda _pid: log.exists() and "deaf" in log.read_text()  # noqa: E731 - a check of one line
    await supervisor.start(_service("one", _DEAF, ready=ready, log=log, grace=timedelta(milliseconds=100)))
    pid = supervisor.pids()["one"]

    await supervisor.stop()

    assert said.get_nowait() == "one does not stop; it is killed"
    assert not psutil.pid_exists(pid)


async def test_stop_does_not_wait_for_the_pause_of_a_broken_child(said):
    supervisor = Supervisor(said.put_nowait)
    await supervisor.start(_service("one", "import sys; sys.exit(3)"))
    for _ in range(4):
        await asyncio.wait_for(said.get(), 20)

    await asyncio.wait_for(supervisor.stop(), 5)


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_children_die_when_the_supervisor_is_killed():
    code = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from test_supervisor import _PATIENT, _service
from reelscribe.cli.supervisor import Supervisor
async def main():
    supervisor = Supervisor(print)
    await supervisor.start(_service("one", _PATIENT), _service("two", _PATIENT))
    print(*supervisor.pids().values(), flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
    argv = [sys.executable, "-c", code, str(Path(__file__).parent)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    children = [psutil.Process(int(pid)) for pid in process.stdout.readline().split()]

    process.kill()
    process.communicate()

    assert len(children) == 2
    assert psutil.wait_procs(children, timeout=30)[1] == []


def _service(
    name: str,
    code: str,
    *,
    ready: Callable[[int], bool] = lambda _pid: True,
    log: Path | None = None,
    grace: timedelta = timedelta(seconds=10),
) -> Service:
    def prepare() -> Server:
        return Server(
            name=name,
            argv=(sys.executable, "-c", code),
            url="",
            log=log,
            stop_signal=signal.SIGTERM,
            before_exec=identity.before_exec(None, death_signal=signal.SIGKILL),
            ready=ready,
        )

    return Service(name=name, prepare=prepare, grace=grace)


async def _another_pid(supervisor: Supervisor, old: int) -> int:
    async with asyncio.timeout(10):
        while supervisor.pids()["one"] == old:  # noqa: ASYNC110 - the supervisor tells people, not programs
            await asyncio.sleep(0.01)
    return supervisor.pids()["one"]
