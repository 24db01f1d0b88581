"""Run a child to its end: bounded output, bounded time, and no child left behind.

``run`` reads the output line by line; ``started`` gives the child itself, to read it in chunks. On the
way out, whatever happens, the child's whole group is ended and the child is reaped.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from .. import logs
from ..errors import Evidence, Misconfigured, StageFailed, TimeLimitReached
from .spawn import Limits, end_group, kill_group, spawn

CHUNK_BYTES = 256 * 1024
LINE_BYTES = 1024**2  # a longer line is cut into pieces of this size
STDERR_TAIL_BYTES = 16 * 1024
_SAMPLE_SECONDS = 0.25
_GRACE = timedelta(seconds=1)

OnLine = Callable[[str], Awaitable[None] | None]


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """How a child ended.

    ``exit_code`` is negative for a signal. ``peak_memory_bytes`` is the kernel's high-water mark of the
    child itself (not of its children), last read up to a quarter of a second before its end; None where
    it was never seen (a very short run, or no /proc).
    """

    exit_code: int
    stderr_tail: str
    peak_memory_bytes: int | None
    seconds: float

    @property
    def facts(self) -> Evidence:
        """What an error about this child should carry."""
        return _facts(self.exit_code, self.stderr_tail, self.peak_memory_bytes)


class Child:
    """A running child; ``stderr`` and memory are watched in the background, stdout is read by the caller."""

    def __init__(
        self, process: asyncio.subprocess.Process, *, output_bytes: int | None, stderr_tail_bytes: int
    ) -> None:
        self._process = process
        self._left = output_bytes
        self._started = time.monotonic()
        self._tail = _Tail(stderr_tail_bytes)
        self._peak: int | None = None
        self._watchers = [asyncio.ensure_future(self._read_stderr()), asyncio.ensure_future(self._watch())]

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield stdout as it comes, in chunks of at most ``CHUNK_BYTES``; a slow reader slows the child.

        Raises:
            StageFailed: more came than ``output_bytes``.
        """
        stdout = self._process.stdout
        while stdout is not None and (chunk := await stdout.read(CHUNK_BYTES)):
            self._count(len(chunk))
            yield chunk
        self._sample()

    async def lines(self) -> AsyncIterator[str]:
        """Yield stdout line by line, without the line end; bytes that are no UTF-8 are replaced."""
        rest = b""
        async for chunk in self.chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line.decode(errors="replace")
            while len(rest) > LINE_BYTES:
                yield rest[:LINE_BYTES].decode(errors="replace")
                rest = rest[LINE_BYTES:]
        if rest:
            yield rest.decode(errors="replace")

    async def finish(self) -> Finished:
        """Throw away what stdout still holds and wait for the end."""
        async for _ in self.chunks():
            pass
        exit_code = await self._process.wait()
        await self._watchers[0]
        return Finished(
            exit_code=exit_code,
            stderr_tail=self._tail.text(),
            peak_memory_bytes=self._peak,
            seconds=time.monotonic() - self._started,
        )

    @property
    def facts(self) -> Evidence:
        """As ``Finished.facts``, of a child that was ended or still runs: then it has no exit code yet."""
        return _facts(self._process.returncode, self._tail.text(), self._peak)

    async def end(self) -> None:
        """End the group, reap the child and stop watching; safe to call twice."""
        # A pipe that nobody reads any more never ends, and asyncio waits for the pipes as well.
        self._watchers.append(asyncio.ensure_future(self._drain()))
        await end_group(self._process, grace=_GRACE)
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)

    async def _drain(self) -> None:
        while self._process.stdout is not None and await self._process.stdout.read(CHUNK_BYTES):
            pass

    def _count(self, size: int) -> None:
        if self._left is None:
            return
        self._left -= size
        if self._left < 0:
            raise StageFailed("The program wrote more than it may.", **self.facts)

    async def _read_stderr(self) -> None:
        stderr = self._process.stderr
        while stderr is not None and (chunk := await stderr.read(CHUNK_BYTES)):
            self._tail.add(chunk)

    async def _watch(self) -> None:
        while self._process.returncode is None:
            self._sample()
            await asyncio.sleep(_SAMPLE_SECONDS)
        # Whoever the child left behind may hold its pipes open for ever.
        kill_group(self._process)

    def _sample(self) -> None:
        seen = high_water_mark(self._process.pid)
        if seen is not None:
            self._peak = max(seen, self._peak or 0)


class _Tail:
    """The last bytes of a stream."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = b""

    def add(self, chunk: bytes) -> None:
        self._kept = (self._kept + chunk)[-self._limit :]

    def text(self) -> str:
        return self._kept.decode(errors="replace")


@contextlib.asynccontextmanager
async def started(
    argv: Sequence[str],
    *,
    timeout: timedelta,
    limits: Limits | None = None,
    output_bytes: int | None = None,
    stderr_tail_bytes: int = STDERR_TAIL_BYTES,
    env: dict[str, str] | None = None,
    cwd: str | None = None,
) -> AsyncIterator[Child]:
    """Start ``argv`` and end its whole group when the block is left.

    Raises:
        TimeLimitReached: the block took longer than ``timeout``.
        Misconfigured: the program is missing or cannot be executed.
    """
    process = await _start(argv, limits=limits, env=env, cwd=cwd)
    child = Child(process, output_bytes=output_bytes, stderr_tail_bytes=stderr_tail_bytes)
    clock = asyncio.timeout(timeout.total_seconds())
    try:
        async with clock:
            yield child
    except TimeoutError as exc:
        if not clock.expired():
            raise
        await child.end()  # only now its exit code is known
        name, seconds = Path(argv[0]).name, timeout.total_seconds()
        message = f"{name} was stopped after {seconds:.0f} seconds."
        raise TimeLimitReached(message, seconds=seconds, **child.facts) from exc
    except asyncio.CancelledError:
        # Whoever cancelled us, a time limit perhaps, has no other way to learn what the child was doing.
        await child.end()
        logs.remember(child.facts)
        raise
    finally:
        await child.end()


async def run(
    argv: Sequence[str],
    *,
    timeout: timedelta,
    limits: Limits | None = None,
    on_line: OnLine | None = None,
    output_bytes: int | None = None,
    stderr_tail_bytes: int = STDERR_TAIL_BYTES,
    env: dict[str, str] | None = None,
    cwd: str | None = None,
) -> Finished:
    """Run ``argv`` to its end and give each line of its stdout to ``on_line``.

    An exit code other than 0 is no error here: the caller knows what it means.

    Raises:
        TimeLimitReached: it took longer than ``timeout``.
        StageFailed: it wrote more than ``output_bytes`` to stdout.
        Misconfigured: the program is missing or cannot be executed.
    """
    async with started(
        argv,
        timeout=timeout,
        limits=limits,
        output_bytes=output_bytes,
        stderr_tail_bytes=stderr_tail_bytes,
        env=env,
        cwd=cwd,
    ) as child:
        if on_line is not None:
            async for line in child.lines():
                said = on_line(line)
                if inspect.isawaitable(said):
                    await said
        return await child.finish()


def _facts(exit_code: int | None, log_tail: str, peak_memory_bytes: int | None) -> Evidence:
    return Evidence(exit_code=exit_code, log_tail=log_tail, peak_memory_bytes=peak_memory_bytes)


async def _start(
    argv: Sequence[str], *, limits: Limits | None, env: dict[str, str] | None, cwd: str | None
) -> asyncio.subprocess.Process:
    starting = asyncio.ensure_future(spawn(argv, limits=limits, env=env, cwd=cwd, line_bytes=CHUNK_BYTES))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # The fork may have happened already: wait for it, or the child would outlive us.
        with contextlib.suppress(OSError):
            await end_group(await starting, grace=_GRACE)
        raise
    except OSError as exc:
        raise Misconfigured(f"{argv[0]} cannot be started: {exc.strerror}") from exc


def high_water_mark(pid: int) -> int | None:
    """Return the most memory that a living process has used, in bytes; None where that cannot be seen."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None
