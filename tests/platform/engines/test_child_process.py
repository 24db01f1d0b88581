from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest
from reelscribe.platform.engines.child.memory import is_out_of_memory
from reelscribe.platform.engines.child_process import child_environ, describe_death


@pytest.mark.parametrize(
    ("exit_code", "log", "words"),
    [
        (3, "", "exit code 3"),
        (-signal.SIGSEGV, "", "SIGSEGV"),
        (-signal.SIGKILL, "", "memory"),
        (-signal.SIGABRT, "terminate called after throwing an instance of 'std::bad_alloc'", "ran out of memory"),
        (-signal.SIGABRT, "memory allocation of 128 bytes failed", "ran out of memory"),
        (1, "libgomp: Thread creation failed: Resource temporarily unavailable", "ran out of memory"),
        (-signal.SIGABRT, "what(): CUDA failed with error out of memory", "ran out of memory"),
        (-signal.SIGABRT, "cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED", "ran out of memory"),
        (255, "calloc(2340,112) failed from ngram_search_fwdtree.c(282)", "ran out of memory"),
    ],
)
def test_death_is_described_plainly(exit_code: int, log: str, words: str) -> None:
    error = describe_death(exit_code, log, peak_bytes=5)

    assert words in error.message
    assert (error.facts["exit_code"], error.facts["peak_memory_bytes"]) == (exit_code, 5)


def test_kill_by_the_kernel_for_want_of_memory_is_told_from_another_kill() -> None:
    killed = describe_death(-signal.SIGKILL, "", by_kernel=True)

    assert killed.facts["cause"] == "out_of_memory"
    assert describe_death(-signal.SIGKILL, "").facts["cause"] == "killed"


@pytest.mark.parametrize(
    ("message", "is_memory"),
    [
        ("CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 7.79 GiB total capacity)", True),
        ("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED", True),
        ("cuDNN error: CUDNN_STATUS_ALLOC_FAILED", True),
        ("CUDA error: device-side assert triggered", False),
    ],
)
def test_memory_of_a_graphics_card_counts_as_memory(message: str, *, is_memory: bool) -> None:
    assert is_out_of_memory(RuntimeError(message)) is is_memory


def test_death_keeps_the_end_of_a_long_log() -> None:
    error = describe_death(1, "x" * 10_000 + "the reason")

    assert str(error.facts["log_tail"]).endswith("the reason")
    assert len(str(error.facts["log_tail"])) == 4000


def test_environment_keeps_secrets_from_the_child() -> None:
    environ = {
        "PATH": "/bin",
        "REELSCRIBE_SECRET_KEY": "s" * 32,
        "REELSCRIBE_DATABASE_URL": "postgresql://user:password@host/name",
        "REELSCRIBE_MODEL_DIR": "/models",
        "HF_HUB_ETAG_TIMEOUT": "60",
    }

    passed = child_environ(environ)

    assert "REELSCRIBE_SECRET_KEY" not in passed
    assert "REELSCRIBE_DATABASE_URL" not in passed
    assert passed["REELSCRIBE_MODEL_DIR"] == "/models"
    assert passed["HF_HUB_ETAG_TIMEOUT"] == "60"  # what the administrator sets counts more than our default


def test_child_ends_when_its_input_closes() -> None:
    child = subprocess.run(
        [sys.executable, "-m", "reelscribe.platform.engines.child"],
        input=b"",
        capture_output=True,
        env=child_environ(os.environ),
        check=False,
        timeout=30,
    )

    assert (child.returncode, child.stdout) == (0, b"")


def test_prints_of_libraries_stay_off_the_pipe() -> None:
    program = (
        "import os; from reelscribe.platform.engines.child.channel import Channel; "
        "channel = Channel.over_stdio(); os.system('echo more noise'); print('noise'); channel.note('hello')"
    )

    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        said, printed = child.stdout.read(), child.stderr.read()

    assert said == b'{"type":"noted","message":"hello"}\n'
    assert printed == b"more noise\nnoise\n"


@pytest.mark.chaos
def test_child_dies_with_its_parent() -> None:
    program = (
        "import asyncio, os; from reelscribe.platform.engines.child_process import ChildProcess; "
        "from reelscribe.platform.engines.messages import Open\n"
        "async def main():\n"
        "    child = await ChildProcess.start(Open(engine='a'), environ=os.environ, memory_bytes=None)\n"
        "    print(child.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))

        parent.kill()

        gone, _ = psutil.wait_procs([child], timeout=30)
    assert gone == [child]
