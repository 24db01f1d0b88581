"""The processes that make the platform on one machine."""

from __future__ import annotations

import http.client
import signal
import socket
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from ..platform.embedded import identity, postgres, redis
from ..platform.embedded.server import Server
from ..platform.settings import current
from . import home as homes
from .supervisor import Service

# A worker gives its running stages back first.
_WORKER_GRACE = timedelta(seconds=20)
_SERVER_GRACE = timedelta(seconds=20)


def embedded(home: Path) -> list[Service]:
    """Return PostgreSQL and Redis, each unless its URL is set."""
    services = []
    if not current().database_url:
        services.append(Service(name="postgres", prepare=lambda: postgres.prepare(home), grace=_SERVER_GRACE))
    if not current().redis_url:
        services.append(Service(name="redis", prepare=lambda: redis.prepare(home), grace=_SERVER_GRACE))
    return services


def use_embedded(home: Path) -> None:
    """Point this process and its children at the embedded servers, where no URL is set."""
    if not current().database_url:
        homes.set_environment(DATABASE_URL=postgres.url(home))
    if not current().redis_url:
        homes.set_environment(REDIS_URL=redis.url(home))


def background(workers: int) -> list[Service]:
    """Return the processes behind the web: ``workers`` workers and the scheduler."""
    several = [_python(f"worker-{number}", "worker", grace=_WORKER_GRACE) for number in range(1, workers + 1)]
    return [*several, _python("scheduler", "scheduler")]


def web(listening: socket.socket, address: str) -> Service:
    """Return the web process, which takes the open socket, so that a restart refuses nobody."""
    fd = listening.fileno()
    return _python("web", "web", "--fd", str(fd), pass_fds=(fd,), ready=lambda _pid: answers(address))


def answers(address: str) -> bool:
    """Return whether the web process at ``address`` has all it needs."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _python(
    name: str,
    *arguments: str,
    pass_fds: tuple[int, ...] = (),
    ready: Callable[[int], bool] = lambda _pid: True,
    grace: timedelta = timedelta(seconds=10),
) -> Service:
    def prepare() -> Server:
        return Server(
            name=name,
            argv=(sys.executable, "-m", "reelscribe", *arguments),
            url="",
            log=None,
            stop_signal=signal.SIGTERM,
            before_exec=identity.before_exec(None, death_signal=signal.SIGKILL),
            ready=ready,
            pass_fds=pass_fds,
        )

    return Service(name=name, prepare=prepare, grace=grace)
