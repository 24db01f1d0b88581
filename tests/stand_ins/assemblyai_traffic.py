"""What arrives at the stand-in for AssemblyAI, and what may go wrong there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Received:
    """A request as it arrived; ``size`` bytes of body in ``pieces``, kept only where it is JSON."""

    route: str
    path: str
    headers: dict[str, str]
    json: Any = None
    size: int = 0
    pieces: int = 0
    largest: int = 0


@dataclass
class Fault:
    """What a request gets instead of its answer.

    ``cut``: the connection ends in the middle of the body; ``silent``: nothing comes until the server ends;
    ``late``: the server does what it is asked first, so that only its answer is lost.
    """

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False
    late: bool = False
