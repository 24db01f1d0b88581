"""One thing that must be so at the end, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Found:
    """``looked_at`` things were looked at; ``wrong`` says of each that is not as it must be what it is.

    ``jobs`` are those whose rows may explain it. A check that looked at nothing proves nothing.
    """

    name: str
    looked_at: int
    wrong: Sequence[str] = ()
    jobs: Sequence[UUID] = ()
