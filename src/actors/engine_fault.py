"""Tell errors of a speech engine from those of the platform around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..platform.errors import ReelscribeError


@contextmanager
def of(engine: str) -> Iterator[None]:
    """Give errors that leave the block the fact ``engine``: they are that engine's."""
    try:
        yield
    except ReelscribeError as exc:
        exc.facts.setdefault("engine", engine)
        raise
