"""One engine child process as its parent sees it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import msgspec

from ..errors import EngineFailed, Evidence
from ..process.run import high_water_mark
from ..process.spawn import Limits, end_group, spawn
from . import budget
from .messages import Answer, Command, Event, Failed, Open, Progressed, Work

_LOG_BYTES = 64 * 1024
_LOG_TAIL_CHARS = 4000
_GRACE = timedelta(milliseconds=300)
_LAST_WORDS_SECONDS = 5.0

# What a child may know of our settings; passwords and keys stay with the parent.
_SETTINGS_PASSED = ("HOME", "MODEL_DIR", "WHISPER_MODEL", "WHISPERX_MODEL", "LOG_LEVEL", "LOG_FORMAT")

Handler = Callable[[Event], Awaitable[None]]

# What C++, Python, Rust, OpenBLAS, OpenMP and pocketsphinx write before they give up: a thread needs memory too.
_OUT_OF_MEMORY = (
    "bad_alloc",
    "MemoryError",
    "Memory allocation still failed",
    "Thread creation failed",
    "can't start new thread",
    "calloc(",
    "malloc(",
    # CUDA by torch and by CTranslate2, and its libraries.
    "CUDA out of memory",
    "CUDA failed with error out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)
_RUST_OUT_OF_MEMORY = re.compile(r"memory allocation of \d+ bytes failed")
# Python's crash report ends with a list of modules that says nothing.
_NOISE = re.compile(r"\s*Extension modules:.*", re.DOTALL)

_EVENTS: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class DiedEarly(EngineFailed):
    """The speech engine was dead before it took the command, so another process can do it."""


class ChildProcess:
    """A running child; it serves one command at a time."""

    def __init__(self, process: asyncio.subprocess.Process, order: Open) -> None:
        """Read the standard error of ``process`` from now on."""
        self.order = order
        self.requests = 0
        self.idle_since = 0.0
        self.has_loaded = False
        self.settled_bytes: int | None = None  # what it held once its model was loaded and a request done
        self.grown_bytes = 0  # since then
        self._process = process
        self._peak_bytes = 0
        self._oom_kills = budget.oom_kills()
        self._log = b""
        self._logging = asyncio.create_task(self._keep_log())

    @classmethod
    async def start(cls, order: Open, *, environ: Mapping[str, str], memory_bytes: int | None) -> ChildProcess:
        """Start a child that will be what ``order`` says; it loads its model with the first command.

        Raises:
            EngineFailed: the system does not let us start it.
        """
        starting = asyncio.ensure_future(
            spawn(
                [sys.executable, "-m", f"{__package__}.child"],
                limits=Limits(memory_bytes=memory_bytes),
                stdin=asyncio.subprocess.PIPE,
                env=child_environ(environ),
            )
        )
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # The fork may have happened already: wait for it, or the child would outlive us.
            with contextlib.suppress(OSError):
                await cls(await starting, order).end()
            raise
        except OSError as exc:
            raise EngineFailed(f"The speech engine cannot be started: {exc.strerror or exc}.") from exc
        child = cls(process, order)
        child._send(order)
        return child

    @property
    def pid(self) -> int:
        """The process, which is also its group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs, as far as we have heard."""
        return self._process.returncode is None

    @property
    def peak_bytes(self) -> int:
        """The most memory it has held, as far as it was seen."""
        return self._peak_bytes

    async def converse(self, command: Work, handle: Handler) -> Answer:
        """Send ``command``, pass every event to ``handle`` and return the last one.

        Raises:
            DiedEarly: the child was dead before it took the command.
            EngineFailed: it died at work.
        """
        self._send(command)
        started = False
        while True:
            event = await self._next()
            if event is None:
                raise await self._death(EngineFailed if started else DiedEarly)
            self._remember(event)
            if isinstance(event, Answer):
                return self._with_evidence(event) if isinstance(event, Failed) else event
            started = True
            await handle(event)

    @property
    def facts(self) -> Evidence:
        """What an error about this child should carry; no exit code while it lives."""
        return Evidence(
            exit_code=self._process.returncode,
            log_tail=self._said()[-_LOG_TAIL_CHARS:],
            peak_memory_bytes=self._peak_bytes or None,
        )

    async def end(self) -> None:
        """End the child and all it started; safe to call twice."""
        self._measure()
        await end_group(self._process, grace=_GRACE)
        self._logging.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._logging
        # Else the pipes' transport complains when it is collected after the loop has closed.
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _send(self, command: Command) -> None:
        assert self._process.stdin is not None  # noqa: S101 we asked for the pipe
        # No drain: commands are small, and a dead child shows itself when we read.
        self._process.stdin.write(msgspec.json.encode(command) + b"\n")

    async def _next(self) -> Event | None:
        assert self._process.stdout is not None  # noqa: S101 we asked for the pipe
        try:
            line = await self._process.stdout.readline()
            return _EVENTS.decode(line) if line.endswith(b"\n") else None
        except (ValueError, ConnectionError) as exc:
            raise EngineFailed("The speech engine sent something that is not of its protocol.") from exc

    def _remember(self, event: Event) -> None:
        # A child that is killed later cannot be asked any more.
        self._measure()
        if isinstance(event, Progressed):
            self._peak_bytes = max(self._peak_bytes, event.peak_bytes)

    def _measure(self) -> None:
        if self.alive:
            self._peak_bytes = max(self._peak_bytes, high_water_mark(self.pid) or 0)

    def _said(self) -> str:
        return _NOISE.sub("", self._log.decode(errors="replace")).strip()

    def _with_evidence(self, failed: Failed) -> Failed:
        known = {name: value for name, value in self.facts.items() if isinstance(value, str | int) and value}
        return msgspec.structs.replace(failed, facts=known | failed.facts)

    async def _keep_log(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 we asked for the pipe
        while data := await self._process.stderr.read(_LOG_BYTES):
            self._log = (self._log + data)[-_LOG_BYTES:]

    async def _death(self, kind: type[EngineFailed]) -> EngineFailed:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _LAST_WORDS_SECONDS)
        await asyncio.wait({self._logging}, timeout=_LAST_WORDS_SECONDS)
        log = self._log.decode(errors="replace")
        kernel = self._process.returncode == -signal.SIGKILL and budget.oom_kills() > self._oom_kills
        return describe_death(self._process.returncode, log, peak_bytes=self._peak_bytes, kind=kind, by_kernel=kernel)


def describe_death(
    exit_code: int | None,
    log: str,
    *,
    peak_bytes: int = 0,
    kind: type[EngineFailed] = EngineFailed,
    by_kernel: bool = False,
) -> EngineFailed:
    """Return the error for a child that ended with ``exit_code`` (negative for a signal).

    ``by_kernel``: the kernel has killed somebody for want of memory meanwhile.
    """
    log = _NOISE.sub("", log)
    ran_out = by_kernel or any(sign in log for sign in _OUT_OF_MEMORY) or _RUST_OUT_OF_MEMORY.search(log) is not None
    error = kind(
        _cause_of_death(exit_code, ran_out=ran_out), exit_code=exit_code, log_tail=log.strip()[-_LOG_TAIL_CHARS:]
    )
    if ran_out or exit_code == -signal.SIGKILL:
        error.hint = "Choose a smaller model or give the machine more memory."
        error.facts["cause"] = "out_of_memory" if ran_out else "killed"
    if peak_bytes:
        error.facts["peak_memory_bytes"] = peak_bytes
    return error


def _cause_of_death(exit_code: int | None, *, ran_out: bool) -> str:
    if ran_out:
        return "The speech engine ran out of memory."
    if exit_code is None or exit_code >= 0:
        return f"The speech engine ended unexpectedly with exit code {exit_code}."
    if exit_code == -signal.SIGKILL:
        return "The speech engine was killed from outside (SIGKILL), most likely because memory ran out."
    return f"The speech engine crashed ({signal.Signals(-exit_code).name})."


def child_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child: no secrets of ours, and a hub that fails fast."""
    passed = {"REELSCRIBE_" + name for name in _SETTINGS_PASSED}
    ours = {name: value for name, value in environ.items() if not name.startswith("REELSCRIBE_") or name in passed}
    defaults = {
        "HF_HUB_ETAG_TIMEOUT": "5",
        "HF_HUB_DOWNLOAD_TIMEOUT": "15",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PYANNOTE_METRICS_ENABLED": "0",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONFAULTHANDLER": "1",
    }
    return defaults | ours
