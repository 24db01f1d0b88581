"""What a check of this machine found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

import msgspec

from ..errors import ReelscribeError
from ..settings import Settings


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one check; ``fix`` is empty where there is nothing to mend."""

    name: str
    level: Level
    detail: str
    fix: str = ""


Check = Callable[[Settings], Awaitable[Finding]]


def failed(name: str, exc: Exception, fix: str) -> Finding:
    """Return that something is needed and does not work; the error's own hint comes before ``fix``."""
    hint = exc.hint if isinstance(exc, ReelscribeError) else ""
    return Finding(name=name, level=Level.FAIL, detail=str(exc), fix=hint or fix)
