"""Whether a model could be downloaded now, found out within seconds and remembered for minutes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

import httpx

from .. import logs
from ..errors import EngineUnavailable
from .models import Model

log = logs.get("engines")

ENDPOINT = "https://huggingface.co"

# A job must not wait longer than this to learn that there is no way to the hub.
_PATIENCE_SECONDS = 4.0
# Long enough that a queue of jobs does not ask for each, short enough that a repaired network is noticed.
_REMEMBER_SECONDS = 300.0

# What says that the model is at fault, not this one request.
_LASTING = frozenset({"hub", "model"})
_TRUE = frozenset({"1", "true", "yes", "on"})


class Refusals:
    """Why models cannot be had or loaded, for some minutes or until one of their files changes."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Know none yet."""
        self._clock = clock
        self._known: dict[tuple[Model, tuple[int, ...]], tuple[float, EngineUnavailable]] = {}

    def of(self, model: Model) -> EngineUnavailable | None:
        """Return what is remembered against ``model``."""
        until, refusal = self._known.get((model, model.fingerprint), (0.0, None))
        return refusal if until > self._clock() else None

    def remember(self, model: Model, refusal: EngineUnavailable) -> None:
        """Refuse ``model`` for the same reason for some minutes."""
        self._known[model, model.fingerprint] = (self._clock() + _REMEMBER_SECONDS, refusal)


class Gate:
    """Lets a request through to a child only where its model is here or can be had."""

    def __init__(self, *, environ: Mapping[str, str]) -> None:
        """Ask the hub that ``environ`` names."""
        self._environ = environ
        self._refusals = Refusals()

    async def expect(self, model: Model) -> None:
        """Return if a child may try to load ``model``.

        Raises:
            EngineUnavailable: it failed to load minutes ago, or is not here and cannot be downloaded.
        """
        known = self._refusals.of(model)
        if known is not None:
            raise EngineUnavailable(known.message, hint=known.hint, **known.facts)
        if model.present:
            return
        reason = await refusal(model, environ=self._environ)
        if reason is not None:
            self._refusals.remember(model, reason)
            raise reason

    def remember(self, model: Model, exc: EngineUnavailable) -> None:
        """Keep ``exc`` against ``model`` if the model is at fault, not this one request."""
        if exc.facts.get("cause") in _LASTING:
            self._refusals.remember(model, exc)


async def refusal(model: Model, *, environ: Mapping[str, str]) -> EngineUnavailable | None:
    """Return why ``model`` cannot be downloaded, or None if the hub offers it; answers within seconds."""
    reason = await _reason(model, environ)
    if reason is None:
        return None
    return EngineUnavailable(
        f"The speech model {model.name!r} is not on this machine and cannot be downloaded: {reason}",
        # Read by users too: no path of the server; the doctor names the folder to its administrator.
        hint="An administrator can connect this server to the model hub, or copy a CTranslate2 Whisper model to "
        f"{model.name!r} in the folder of REELSCRIBE_MODEL_DIR; 'reelscribe doctor' says where that is.",
        cause="hub",
    )


async def _reason(model: Model, environ: Mapping[str, str]) -> str | None:
    if not model.repository:
        return "no hub has a model of this name."
    if any(environ.get(name, "").lower() in _TRUE for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")):
        return "HF_HUB_OFFLINE forbids it."
    endpoint = environ.get("HF_ENDPOINT", ENDPOINT).rstrip("/")
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), httpx.AsyncClient(follow_redirects=True) as client:
            answer = await client.get(f"{endpoint}/api/models/{model.repository}", headers=_credentials(environ))
    except (TimeoutError, httpx.TimeoutException):
        return f"{endpoint} does not answer within {_PATIENCE_SECONDS:.0f} seconds."
    except (httpx.HTTPError, httpx.InvalidURL, ImportError, ValueError) as exc:  # the last two: a strange proxy
        log.info("hub_unreachable", endpoint=endpoint, error=str(exc))
        return f"{endpoint} cannot be reached."
    return None if answer.is_success else f"{endpoint} answers {answer.status_code} for {model.repository}."


def _credentials(environ: Mapping[str, str]) -> dict[str, str]:
    token = environ.get("HF_TOKEN")
    return {"Authorization": f"Bearer {token}"} if token else {}
