"""An image endpoint that the settings of this process name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platform.services.images import drawing
from tests.stand_ins import flux


@pytest.fixture
def service() -> Iterator[flux.Server]:
    with drawing.endpoint() as server:
        yield server
