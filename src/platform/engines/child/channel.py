"""The child's end of the pipes."""

from __future__ import annotations

import os
import queue
import sys
import threading
from typing import BinaryIO

import msgspec

from ...domain.transcript import Segment
from ..messages import Command, Event, Heard, Noted, Progressed
from .memory import peak_bytes

# Less than one percent is not worth a message.
_STEP = 0.005


class Channel:
    """Reads commands and sends events; keeps the libraries off the pipes."""

    def __init__(self, commands: BinaryIO, events: BinaryIO) -> None:
        """Start to read ``commands``; their end ends this process, whatever it is doing."""
        self._events = events
        self._sending = threading.Lock()
        self._fraction = -1.0
        self._arrived: queue.SimpleQueue[Command] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(commands,), daemon=True).start()

    @classmethod
    def over_stdio(cls) -> Channel:
        """Take over standard input and output; what a library prints goes to standard error."""
        commands, events = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(commands, events)

    def next(self) -> Command:
        """Wait for the next command."""
        self._fraction = -1.0
        return self._arrived.get()

    def send(self, event: Event) -> None:
        """Send one event."""
        with self._sending:
            self._events.write(msgspec.json.encode(event) + b"\n")
            self._events.flush()

    def progress(self, fraction: float) -> None:
        """Report ``fraction``, unless it has been reported before."""
        fraction = min(max(fraction, 0.0), 1.0)
        if fraction >= self._fraction + _STEP or (fraction == 1.0 > self._fraction):
            self._fraction = fraction
            self.send(Progressed(fraction=round(fraction, 4), peak_bytes=peak_bytes()))

    def heard(self, segments: tuple[Segment, ...]) -> None:
        """Send finished segments."""
        if segments:
            self.send(Heard(segments=segments))

    def note(self, message: str) -> None:
        """Send a line for the log."""
        self.send(Noted(message=message))

    def _read(self, commands: BinaryIO) -> None:
        for line in commands:
            self._arrived.put(msgspec.json.decode(line, type=Command))
        # The parent is gone or wants us gone; the main thread may be deep inside a library.
        os._exit(0)
