"""Structured logs: one event per line, never a request body, token or password.

A piece of work that may fail keeps its own last lines (``keeping``), so that whoever looks into the failure
need not search the log of the whole process.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import structlog

from .settings import Settings

# Without the values of variables: they hold passwords and request bodies.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
_KEPT_LINES = 50
_KEPT_CHARACTERS = 500  # of one line

# Until a process configures more: standard output belongs to what a command prints.
structlog.configure(
    wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
)


@dataclass(frozen=True)
class Kept:
    """The last lines that a piece of work has logged, and what is known of the child that it last gave up."""

    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


_kept: ContextVar[Kept | None] = ContextVar("kept", default=None)


@contextmanager
def keeping() -> Iterator[Kept]:
    """Keep what the block, and every task and thread that it starts, logs at the configured level."""
    kept = Kept()
    token = _kept.set(kept)
    try:
        yield kept
    finally:
        _kept.reset(token)


def remember(facts: Mapping[str, object]) -> None:
    """Note facts about a child for the work around us, where an error cannot carry them: it was cancelled."""
    if (kept := _kept.get()) is not None:
        kept.facts.update(facts)


def configure(settings: Settings) -> None:
    """Send our events and the libraries' log records to stderr in the format of ``settings``."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.basicConfig(stream=sys.stderr, level=max(level, logging.WARNING), format="%(name)s: %(message)s")
    render = structlog.processors.JSONRenderer() if settings.log_format == "json" else _for_people()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_line,
            _TRACEBACKS if settings.log_format == "json" else _keep,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger whose lines carry ``name`` as their source."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(source=name)
    return logger


def keep_line(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Pass the event on, and keep it as a line of the work around us."""
    kept = _kept.get()
    if kept is not None:
        rest = " ".join(f"{name}={value}" for name, value in event.items() if name not in _NOT_REPEATED)
        line = f"{event.get('timestamp', '')} {event.get('level', '')} {event.get('event', '')} {rest}"
        kept.lines.append(line.strip()[:_KEPT_CHARACTERS])
    return event


# The traceback has a place of its own beside the lines.
_NOT_REPEATED = frozenset({"timestamp", "level", "event", "source", "exc_info"})


def _for_people() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def _keep(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event
