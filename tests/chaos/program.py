"""One of our processes, as ``reelscribe`` runs it, with one engine more: ``python -m tests.chaos.program worker``."""

from __future__ import annotations

import os

from reelscribe.cli import main
from reelscribe.platform.engines import registry

from .flaky import Flaky


def register(provider: str) -> None:
    """Add the engine whose provider is at ``provider`` to those of this process."""
    # The program has no plug-ins, and the tests need no more than this one.
    registry.shared()._engines[Flaky.name] = Flaky(provider)


if __name__ == "__main__":
    register(os.environ["CHAOS_PROVIDER"])
    main()
