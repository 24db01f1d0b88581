"""What a worker holds of each group: messages in its slots, and those that are done but not acknowledged yet."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

from .tasks import Group

# A message by its queue and its id.
Named = tuple[str, str]


class Desk:
    """The slots of one group, and the bell that wakes whoever fills them."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._held: set[str] = set()
        self._done: list[Named] = []
        self._changed = threading.Condition()
        self._rung = 0
        self._closed = False

    def exchange(self) -> tuple[int, Sequence[Named]]:
        """Return how many messages there is room for, and which ones are done."""
        with self._changed:
            return 0 if self._closed else self.capacity - len(self._held), tuple(self._done)

    def exchanged(self, *, told: int, got: Iterable[str]) -> None:
        """Note that the first ``told`` of the done messages are acknowledged, and that ``got`` are ours now."""
        with self._changed:
            del self._done[:told]
            self._held.update(got)

    def known(self) -> set[str]:
        """Return the ids of all messages that this worker has not acknowledged."""
        with self._changed:
            return self._held | {name for _, name in self._done}

    def finish(self, queue: str, name: str) -> None:
        """Free the slot of a message that is done, and ring."""
        with self._changed:
            self._held.discard(name)
            self._done.append((queue, name))
        self.ring()

    def free(self, names: Iterable[str]) -> None:
        """Free the slots of messages that somebody else will do, and ring."""
        with self._changed:
            self._held.difference_update(names)
        self.ring()

    def close(self) -> None:
        """Have no room any more."""
        self._closed = True
        self.ring()

    @property
    def rung(self) -> int:
        """Return how often the bell rang, to pass to ``wait``."""
        return self._rung

    def ring(self) -> None:
        """Wake whoever waits."""
        with self._changed:
            self._rung += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout_seconds: float) -> None:
        """Return when the bell rang after ``seen``, or after the time-out."""
        with self._changed:
            self._changed.wait_for(lambda: self._rung != seen, timeout_seconds)


class Slots:
    """How many messages of each group this worker may hold at once."""

    def __init__(self, capacity: Mapping[Group, int]) -> None:
        self._desks = {group.value: Desk(number) for group, number in capacity.items()}

    @property
    def total(self) -> int:
        """Return the number of threads that fill all slots."""
        return sum(desk.capacity for desk in self._desks.values())

    def desk(self, group: str) -> Desk:
        """Return the desk of a group."""
        return self._desks[group]

    def close(self) -> None:
        """Take nothing any more."""
        for desk in self._desks.values():
            desk.close()

    def ring(self, groups: Iterable[str] = ()) -> None:
        """Wake those who wait for messages of ``groups``; all, if none are named."""
        for name in set(groups) or self._desks:
            if name in self._desks:
                self._desks[name].ring()
