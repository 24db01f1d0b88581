"""All that one run of the chaos has: what the faults break, and what the checks look at."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from reelscribe.platform.services.sessions import Identity

from .fleet import Fleet
from .orders import Order
from .provider import Provider
from .servers import Servers


@dataclass
class Made:
    """An accepted job; ``is_cancelled`` as long as its owner cancelled it and nobody ran it again.

    ``deleted`` are the clips that the owner deleted.
    """

    order: Order
    job_id: UUID
    is_cancelled: bool = False
    retried: int = 0
    deleted: set[UUID] = field(default_factory=set)

    @property
    def is_undisturbed(self) -> bool:
        """Whether it was done before the first fault."""
        return self.order.number < 0


@dataclass
class World:
    """The platform, the people and what they did."""

    home: Path
    seed: int
    servers: Servers
    fleet: Fleet
    provider: Provider
    admin: Identity
    lease_seconds: int
    jobs: int
    made: dict[UUID, Made] = field(default_factory=dict)
    gave_up: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    requeued: int = 0
    deeds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    takeovers: list[bool] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def say(self, line: str) -> None:
        """Print a line with the seconds since the beginning."""
        print(f"{time.monotonic() - self.began:7.1f} s  {line}", flush=True)
