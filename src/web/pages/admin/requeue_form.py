"""The form that lets a job run again: what it holds, and what it changes of the job's request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from ....platform.domain import languages
from ....platform.errors import BadInput
from ....platform.services.dead_letters.changes import Asked, Changes
from .letter_address import moment

# What a browser sends for a field that was left empty.
Count = Annotated[str, msgspec.Meta(pattern=r"^\d{0,3}$")]
# How many times the usual time a step may take.
Factor = Annotated[str, msgspec.Meta(pattern=r"^\d{0,2}(\.\d{1,2})?$")]
Text = Annotated[str, msgspec.Meta(max_length=2000)]
Short = Annotated[str, msgspec.Meta(max_length=200)]

# {value of the field "when": (words, how long from now)}
DELAYS = {
    "now": ("Now", None),
    "15m": ("In 15 minutes", timedelta(minutes=15)),
    "1h": ("In an hour", timedelta(hours=1)),
    "6h": ("In 6 hours", timedelta(hours=6)),
    "24h": ("In 24 hours", timedelta(hours=24)),
}
_COUNTS = ("min_speakers", "max_speakers", "attempts")
_MAY_BE_NONE = ("model", "language", "min_speakers", "max_speakers")


class RequeueForm(msgspec.Struct, kw_only=True):
    """The fields as a browser sends them; None: the form did not have it, so it stays."""

    engine: Short | None = None
    model: Short | None = None
    language: Short | None = None
    mode: Short | None = None
    min_speakers: Count | None = None
    max_speakers: Count | None = None
    priority: Short | None = None
    attempts: Count | None = None
    time_factor: Factor | None = None
    start: Literal["failed", "first"] = "failed"
    when: Literal["now", "15m", "1h", "6h", "24h", "at"] = "now"
    at: Short = ""
    waive: str = ""
    reason: Text = ""
    back: Text = ""
    to: Literal["", "list"] = ""

    @property
    def from_start(self) -> bool:
        """Whether every step runs again."""
        return self.start == "first"

    @property
    def is_free(self) -> bool:
        """Whether the run costs nothing."""
        return bool(self.waive)

    def due(self) -> datetime | None:
        """Return when the job shall run, None for at once.

        Raises:
            BadInput: the moment cannot be read.
        """
        if self.when == "at":
            return moment(self.at)
        delay = DELAYS[self.when][1]
        return datetime.now(UTC) + delay if delay else None


def of_job(asked: Asked) -> RequeueForm:
    """Return the form filled with the job's request as it stands."""
    request = asked.request
    return RequeueForm(
        engine=request.engine or "",
        model=request.model or "",
        language=request.language or "",
        mode=request.mode,
        min_speakers=str(request.min_speakers or ""),
        max_speakers=str(request.max_speakers or ""),
        priority=request.priority or "",
        attempts=str(asked.attempts),
        time_factor=f"{asked.time_factor:g}",
    )


def changes(form: RequeueForm, asked: Asked) -> Changes:
    """Return what the form changes: only what differs, so that nothing else is judged or priced anew.

    Raises:
        BadInput: a value cannot be used.
    """
    now = of_job(asked)
    differing = {name: value for name in _FIELDS if (value := getattr(form, name)) not in (None, getattr(now, name))}
    try:
        return msgspec.convert({name: _value(name, text) for name, text in differing.items()}, Changes)
    except msgspec.ValidationError as exc:
        raise BadInput(f"This cannot be used: {exc}") from exc


def _value(name: str, text: str) -> Any:
    if not text.strip():
        if name in _MAY_BE_NONE:
            return None
        raise BadInput(f"Choose a value for '{name.replace('_', ' ')}'.")
    if name in _COUNTS:
        return int(text)
    return float(text) if name == "time_factor" else text.strip()


LANGUAGES = sorted(languages.NAMES.items(), key=lambda item: item[1])
_FIELDS = tuple(name for name in Changes.__struct_fields__ if name in RequeueForm.__struct_fields__)
