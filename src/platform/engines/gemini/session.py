"""One piece of work with Gemini: is there a key, which model, and the SDK, which is loaded at the first need."""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ...errors import EngineCredentials, EngineUnavailable
from ...settings import Settings
from . import refusals
from .patience import Patience

if TYPE_CHECKING:
    from .calls import Calls

# The name goes into an address.
_MODEL = re.compile(r"(?:models/|tunedModels/)?[a-z0-9][a-z0-9.-]{0,99}")


def no_key(settings: Settings) -> EngineUnavailable | None:
    """Return that there is no key, None where there is one."""
    if settings.gemini_api_key.strip():
        return None
    return EngineCredentials(
        "There is no key for Gemini on this server.",
        hint=f"Set {refusals.KEY}; keys are made at https://aistudio.google.com/apikey.",
        setting=refusals.KEY,
    )


@asynccontextmanager
async def opened(settings: Settings, model: str | None, patience: Patience) -> AsyncIterator[Calls]:
    """Give the requests to ``model``, or to that of the settings.

    Raises:
        EngineCredentials: there is no key.
        EngineUnavailable: this is no name of a model.
    """
    refusal = no_key(settings)
    if refusal is not None:
        raise refusal
    name = model or settings.gemini_model
    if not _MODEL.fullmatch(name):
        raise EngineUnavailable(
            f"{name[:80]!r} is no name of a Gemini model.", hint=refusals.MODEL_HINT, cause="unknown_model"
        )
    # It takes a second: not in the event loop, where heartbeats would wait.
    await asyncio.to_thread(importlib.import_module, f"{__package__}.calls")
    from . import calls

    async with calls.opened(settings, model=name, patience=patience) as opened_calls:
        yield opened_calls
