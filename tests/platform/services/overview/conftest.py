"""Fixtures:
boss   the identity of ``admin``, as a handler would know it
"""

from __future__ import annotations

import msgspec
import pytest
from reelscribe.platform.services.sessions import Identity

from tests.conftest import User
from tests.platform.services import factories


@pytest.fixture
def boss(admin: User) -> Identity:
    return msgspec.structs.replace(factories.identity(admin.id), email=admin.email, role="admin")
