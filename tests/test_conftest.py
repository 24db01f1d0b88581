"""The fixtures that all other tests trust."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from reelscribe.platform import db

_NEEDS_WHISPERX = "tests/platform/engines/test_whisperx.py::test_with_whisperx_nothing_stands_against_it"


async def test_database_is_migrated(database):
    row = await db.fetch_one("SELECT count(*) AS n FROM users")

    assert row["n"] == 0


async def test_database_is_emptied_when_a_test_wrote(user, redis):
    await redis.set("k", "v")
    row = await db.fetch_one("SELECT count(*) AS n FROM credit_entries")

    assert row["n"] == 1


async def test_database_is_empty_when_the_next_test_starts(database, redis):
    row = await db.fetch_one("SELECT count(*) AS n FROM users")

    assert row["n"] == 0
    assert await redis.dbsize() == 0


async def test_pool_may_be_closed_by_a_test(database):
    await db.stop()

    assert db.DB.pool is None


async def test_pool_is_open_again_for_the_next_test(database):
    assert await db.fetch("SELECT 1")


@pytest.mark.skipif(importlib.util.find_spec("whisperx") is not None, reason="WhisperX is installed here")
@pytest.mark.parametrize(("required", "code", "word"), [("", 0, "1 skipped"), ("1", 1, "1 error")])
def test_tests_of_whisperx_fail_where_they_are_the_point(required: str, code: int, word: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", _NEEDS_WHISPERX],
        env={**os.environ, "REELSCRIBE_REQUIRE_WHISPERX": required},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert result.returncode == code
    assert word in result.stdout
    assert "./run whisperx" in result.stdout
