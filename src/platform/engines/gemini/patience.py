"""How long we wait for Gemini, and how often we ask again; pure."""

from __future__ import annotations

import random

import msgspec

from ...errors import ReelscribeError
from .answers import Garbage, TooSlow


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """All in seconds.

    ``pauses``: between attempts, up to twice as long by chance. ``longest``: who asks us to wait longer is left to
    the retries of the step, which cost no slot of a worker. ``answer_seconds``: for one answer; three
    minutes of speech take a model half a minute. ``delete_seconds``: a cancelled step has five seconds to clean up.
    """

    pauses: tuple[float, ...] = (1.0, 4.0, 12.0)
    longest: float = 30.0
    answer_seconds: float = 300.0
    connect_seconds: float = 10.0
    delete_seconds: float = 4.0
    look_seconds: float = 0.5

    @property
    def attempts(self) -> int:
        """How often a request is made at most."""
        return len(self.pauses) + 1

    def wait(self, number: int, failure: ReelscribeError) -> float | None:
        """Return how long to wait after the failed attempt ``number`` (from 0), None to give up."""
        # An unreadable answer is asked for once more by ``ask``; a late one has had its time.
        if failure.permanent or isinstance(failure, Garbage | TooSlow) or number >= len(self.pauses):
            return None
        asked = failure.facts.get("retry_after", 0.0)
        asked = asked if isinstance(asked, float) else 0.0
        pause = self.pauses[number] * random.uniform(1, 2)  # noqa: S311 only so that workers do not come together
        return None if asked > self.longest else max(asked, pause)
