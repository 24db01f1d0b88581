"""Children end, and end whole, however the run ends."""

from __future__ import annotations

import asyncio
import gc
import sys
from datetime import timedelta

import psutil
import pytest
from reelscribe.platform.errors import Misconfigured, StageFailed, TimeLimitReached
from reelscribe.platform.process.run import CHUNK_BYTES, LINE_BYTES, run, started
from reelscribe.platform.process.spawn import Limits

MINUTE = timedelta(minutes=1)


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-c", code]


def ended(pid: int) -> bool:
    """Whether the process ends; a killed one needs a moment."""
    try:
        return not psutil.wait_procs([psutil.Process(pid)], timeout=10)[1]
    except psutil.NoSuchProcess:
        return True


async def test_run_gives_lines_and_exit_code() -> None:
    seen: list[str] = []

    done = await run(
        python("import sys; print('one'); print('zwei ü'); print('no end', end=''); sys.exit(3)"),
        timeout=MINUTE,
        on_line=seen.append,
    )

    assert seen == ["one", "zwei ü", "no end"]
    assert done.exit_code == 3
    assert done.seconds > 0


async def test_run_awaits_on_line_when_it_is_asynchronous() -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()

    await run(python("print('a'); print('b')"), timeout=MINUTE, on_line=queue.put)

    assert [queue.get_nowait(), queue.get_nowait()] == ["a", "b"]


async def test_run_keeps_only_the_tail_of_stderr() -> None:
    code = "import sys; sys.stderr.write('x' * 3_000_000 + 'the end')"

    done = await run(python(code), timeout=MINUTE, stderr_tail_bytes=100)

    assert len(done.stderr_tail) == 100
    assert done.stderr_tail.endswith("the end")


async def test_run_cuts_a_line_without_end() -> None:
    seen: list[int] = []

    await run(
        python(f"import sys; sys.stdout.write('x' * {3 * LINE_BYTES + 5})"),
        timeout=MINUTE,
        on_line=lambda line: seen.append(len(line)),
    )

    assert sum(seen) == 3 * LINE_BYTES + 5
    assert max(seen) <= LINE_BYTES + CHUNK_BYTES


async def test_run_sees_the_memory_of_the_child() -> None:
    # It holds the memory for longer than one sample takes.
    code = "x = bytearray(200_000_000); print(len(x), flush=True); import time; time.sleep(0.6)"

    done = await run(python(code), timeout=MINUTE)

    assert done.peak_memory_bytes is not None
    assert 200_000_000 < done.peak_memory_bytes < 400_000_000


async def test_run_refuses_endless_output() -> None:
    with pytest.raises(StageFailed, match="more than it may"):
        await run(python("while True: print('y' * 1000)"), timeout=MINUTE, output_bytes=1_000_000)


async def test_run_ends_the_whole_group_when_time_is_up() -> None:
    pids: list[int] = []

    with pytest.raises(TimeLimitReached) as caught:
        await run(python(STUBBORN), timeout=timedelta(seconds=1.5), on_line=lambda line: pids.append(int(line)))

    assert caught.value.facts["seconds"] == 1.5
    assert len(pids) == 2
    assert all(ended(pid) for pid in pids)


async def test_run_ends_the_whole_group_when_cancelled() -> None:
    pids: list[int] = []
    both = asyncio.Event()

    def note(line: str) -> None:
        pids.append(int(line))
        if len(pids) == 2:
            both.set()

    task = asyncio.create_task(run(python(STUBBORN), timeout=MINUTE, on_line=note))
    await asyncio.wait_for(both.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)

    assert all(ended(pid) for pid in pids)


async def test_run_leaves_no_child_when_cancelled_at_the_start() -> None:
    before = {child.pid for child in psutil.Process().children()}

    task = asyncio.create_task(run(python("import time; time.sleep(600)"), timeout=MINUTE))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert {child.pid for child in psutil.Process().children()} <= before


async def test_run_ends_grandchildren_that_outlive_the_child() -> None:
    pids: list[int] = []
    code = "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], "
    code += "stdout=subprocess.DEVNULL).pid)"

    done = await run(python(code), timeout=MINUTE, on_line=lambda line: pids.append(int(line)))

    assert done.exit_code == 0
    assert ended(pids[0])


async def test_run_says_so_when_the_program_is_missing() -> None:
    with pytest.raises(Misconfigured, match="no-such-program"):
        await run(["/no-such-program"], timeout=MINUTE)


async def test_limits_stop_a_child_that_wants_too_much_memory() -> None:
    done = await run(python("bytearray(2_000_000_000)"), timeout=MINUTE, limits=Limits(memory_bytes=500_000_000))

    assert done.exit_code == 1
    assert "MemoryError" in done.stderr_tail


async def test_started_streams_bytes_and_lets_the_reader_stop_early() -> None:
    got = 0

    async with started(python("import os\nwhile True: os.write(1, bytes(65536))"), timeout=MINUTE) as child:
        async for chunk in child.chunks():
            got += len(chunk)
            if got > 5_000_000:
                break

    assert got > 5_000_000


async def test_started_closes_its_pipes_when_nobody_reads_them() -> None:
    before = psutil.Process().num_fds()

    for _ in range(3):
        async with started(python("import os\nwhile True: os.write(1, bytes(65536))"), timeout=MINUTE) as child:
            assert await anext(child.chunks())

    gc.collect()
    assert psutil.Process().num_fds() <= before


# Two processes that ignore SIGTERM; each prints its id once it does.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    print(os.getpid(), flush=True)
    time.sleep(600)
print(os.getpid(), flush=True)
time.sleep(600)
"""
