"""Requests made from the served description, valid and not, against the running server.

Schemathesis looks for answers of 500, for answers that the description does not know, for bad input that
is taken and for good input that is refused.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from reelscribe.platform.services import accounts

from tests.web.conftest import MakeMember

# No description can say which cursor, e-mail address or media id this server made or knows. Moments in an
# administrator's filters may also be numbers, which the description does not tell.
_NOT_CHECKED = {"user": "positive_data_acceptance", "admin": "positive_data_acceptance,negative_data_rejection"}
_ADMINISTRATION = r"^/api/v1/admin/"
_ENDLESS = r"/events$"  # streams stay open by design; tests/web/streams has them


@pytest.mark.slow
@pytest.mark.parametrize("role", ["user", "admin"])
async def test_server_keeps_to_its_description_when_fuzzed(
    server: str, make_member: MakeMember, role: accounts.Role, tmp_path: Path
) -> None:
    member = await make_member(role=role)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{server}/openapi.json"),
        *("--header", f"Authorization: {member.http.headers['authorization']}"),
        *("--include-path-regex" if role == "admin" else "--exclude-path-regex", _ADMINISTRATION),
        *("--exclude-path-regex", _ENDLESS),
        *("--exclude-path", "/api/v1/auth/logout"),  # would end the sign-in that all others need
        *("--exclude-checks", _NOT_CHECKED[role]),
        *("--phases", "coverage,fuzzing", "--max-examples", "10", "--generation-database", "none"),
        *("--request-timeout", "30", "--no-color", "--seed", "1"),
    ]

    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()[-20_000:]
