"""A whole platform of one's own for a while: for the demo, and for tests that want the real thing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ..platform.embedded import identity
from ..platform.errors import Misconfigured
from ..platform.settings import PREFIX
from . import home as homes

_OURS = tuple(PREFIX + name for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "STORAGE_", "S3_"))
_START_LIMIT = timedelta(seconds=120)
_POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A running 'reelscribe up'; ``output`` is the file with all that it and its children say."""

    url: str
    home: Path
    pid: int
    output: Path


@contextmanager
def platform(
    home: Path | None = None, *, workers: int = 1, environ: Mapping[str, str] | None = None
) -> Iterator[Platform]:
    """Run 'reelscribe up' on a free port during the block, in ``home`` or a temporary one; stop it cleanly after.

    Our servers, keys and storage it does not see, unless ``environ`` names them; other settings it
    inherits. It is stopped if this process is killed. Call it on the main thread.

    Raises:
        Misconfigured: it did not start; the message has its last line.
    """
    with tempfile.TemporaryDirectory(prefix="reelscribe-") as temporary:
        place = home or Path(temporary) / "home"
        output = Path(temporary) / "output.log"
        with output.open("wb") as out:
            process = _launch(place, workers, environ or {}, out.fileno())
        try:
            yield Platform(url=_wait(process, place, output), home=place, pid=process.pid, output=output)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _launch(home: Path, workers: int, environ: Mapping[str, str], out: int) -> subprocess.Popen[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return subprocess.Popen(
        [sys.executable, "-m", "reelscribe", "up", "--port", "0", "--workers", str(workers)],
        env=inherited | {f"{PREFIX}HOME": str(home)} | dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
        start_new_session=True,
        preexec_fn=identity.before_exec(None, death_signal=signal.SIGTERM),  # noqa: PLW1509 - only system calls
    )


def _wait(process: subprocess.Popen[bytes], home: Path, output: Path) -> str:
    deadline = time.monotonic() + _START_LIMIT.total_seconds()
    while True:
        announced = homes.running(home)
        if announced is not None and announced.pid == process.pid and announced.url:
            return announced.url
        if process.poll() is not None or time.monotonic() > deadline:
            lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise Misconfigured(f"The platform did not start: {lines[-1] if lines else 'it said nothing'}")
        time.sleep(_POLL_SECONDS)
