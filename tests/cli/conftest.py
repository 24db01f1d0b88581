"""One platform for all tests of the command line that only use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from reelscribe.cli import launch


@pytest.fixture(scope="session")
def platform() -> Iterator[launch.Platform]:
    """A running 'reelscribe up' with a home of its own; leave it running."""
    with launch.platform() as running:
        yield running
