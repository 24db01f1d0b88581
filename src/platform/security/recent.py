"""A small memory of answers that may be a few seconds old, so that not every request asks the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """At most ``size`` values by key, each for ``seconds``; per process."""

    def __init__(self, *, seconds: float, size: int) -> None:
        self._seconds = seconds
        self._size = size
        self._entries: dict[bytes, tuple[float, Value]] = {}

    def get(self, key: bytes) -> Value | None:
        """Return the value if it is fresh."""
        entry = self._entries.get(key)
        if entry is None or entry[0] < time.monotonic():
            return None
        return entry[1]

    def put(self, key: bytes, value: Value, *, at_most: float | None = None) -> None:
        """Remember ``value`` for the usual time, or for ``at_most`` seconds if that is less."""
        if len(self._entries) >= self._size:
            self._entries.clear()
        seconds = self._seconds if at_most is None else min(self._seconds, at_most)
        self._entries[key] = (time.monotonic() + seconds, value)

    def drop(self, is_gone: Callable[[Value], bool]) -> None:
        """Forget every value for which ``is_gone`` is true."""
        self._entries = {key: entry for key, entry in self._entries.items() if not is_gone(entry[1])}
