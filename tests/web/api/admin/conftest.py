"""Fixtures:
boss           ``Member`` with the role admin
finished_job   id of a job of ``member`` that is completed
"""

from __future__ import annotations

from uuid import UUID

import pytest
from reelscribe.platform import db

from tests.web.conftest import Job, MakeMember, Member


@pytest.fixture
async def boss(make_member: MakeMember) -> Member:
    return await make_member(role="admin")


@pytest.fixture
async def finished_job(job: Job) -> str:
    await db.execute(
        "UPDATE jobs SET status = 'completed', progress = 100, finished_at = now() WHERE id = $1", UUID(job["id"])
    )
    return str(job["id"])
