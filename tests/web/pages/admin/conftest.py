"""An admin's browser.

Fixtures:
    boss           ``Member`` with the role admin
    admin          ``Browser`` signed in as ``boss``
"""

from __future__ import annotations

import pytest

from tests.web.conftest import MakeMember, Member
from tests.web.pages.conftest import Browser, MakeBrowser


@pytest.fixture
async def boss(make_member: MakeMember) -> Member:
    return await make_member(role="admin")


@pytest.fixture
async def admin(make_browser: MakeBrowser, boss: Member) -> Browser:
    return await make_browser(boss)
