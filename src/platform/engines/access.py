"""Whether a file of a model could be downloaded now, found out by one request within seconds.

The hub describes a gated repository to everybody and refuses its files, so a file is what is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from .. import logs
from .hub import ENDPOINT

_log = logs.get("engines")

# A job must not wait longer than this to learn that there is no way.
_PATIENCE_SECONDS = 4.0
_TRUE = frozenset({"1", "true", "yes", "on"})
# No token, a token without the right; the hub answers 401 also for what does not exist.
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True, kw_only=True)
class Denial:
    """Why a repository cannot be had; ``gated``: the hub wants a token of somebody who has accepted its terms."""

    reason: str
    gated: bool = False


def is_cached(cache: Path, repository: str, file: str) -> bool:
    """Tell whether the hub's ``cache`` folder has ``file`` of ``repository`` from an earlier download."""
    snapshots = cache / f"models--{repository.replace('/', '--')}" / "snapshots"
    return any(snapshots.glob(f"*/{file}"))


def is_offline(environ: Mapping[str, str]) -> bool:
    """Tell whether downloads are forbidden."""
    return any(environ.get(name, "").lower() in _TRUE for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))


def page(repository: str) -> str:
    """Return the page on which people accept the terms of ``repository``."""
    return f"{ENDPOINT}/{repository}"


async def denial(repository: str, file: str, *, environ: Mapping[str, str]) -> Denial | None:
    """Return why ``file`` of ``repository`` cannot be downloaded from the hub, or None if it can."""
    if is_offline(environ):
        return Denial(reason="HF_HUB_OFFLINE forbids it.")
    endpoint = environ.get("HF_ENDPOINT", ENDPOINT).rstrip("/")
    status = await _status(f"{endpoint}/{repository}/resolve/main/{file}", token=environ.get("HF_TOKEN", ""))
    if isinstance(status, str):
        return Denial(reason=status)
    if status in _REFUSED:
        return Denial(reason=_gate(endpoint, status, has_token=bool(environ.get("HF_TOKEN"))), gated=True)
    return Denial(reason=f"{endpoint} answers {status} for {repository}.") if status >= 400 else None


async def obstacle(url: str, *, environ: Mapping[str, str]) -> str | None:
    """Return why ``url`` cannot be downloaded, or None if it can."""
    if is_offline(environ):
        return "HF_HUB_OFFLINE forbids it."
    status = await _status(url)
    if isinstance(status, str):
        return status
    return f"{httpx.URL(url).host} answers {status}." if status >= 400 else None


def _gate(endpoint: str, status: int, *, has_token: bool) -> str:
    whose = "the token of this server" if has_token else "a server without a token"
    return f"{endpoint} refuses {whose} (status {status})."


async def _status(url: str, *, token: str = "") -> int | str:
    """Return the status, or why there is none; a redirection is to the file's store, so it is a yes."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), httpx.AsyncClient() as client:
            return (await client.head(url, headers=headers)).status_code
    except (TimeoutError, httpx.TimeoutException):
        return f"{_host(url)} does not answer within {_PATIENCE_SECONDS:.0f} seconds."
    except (httpx.HTTPError, httpx.InvalidURL, ImportError, ValueError) as exc:  # the last two: a strange proxy
        _log.info("hub_unreachable", url=url, error=str(exc))
        return f"{_host(url)} cannot be reached."


def _host(url: str) -> str:
    return url.split("://")[-1].split("/")[0]
