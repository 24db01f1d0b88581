"""Accounts from the shell, with and without running servers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from reelscribe.cli.main import main
from reelscribe.platform import db


@pytest.fixture
async def run(database):
    """Run a command in a thread: it has an event loop of its own, and opens the pool of this process in it."""

    async def run(*arguments: str):
        await db.stop()
        said = await asyncio.to_thread(CliRunner().invoke, main, ["users", *arguments])
        await db.start()
        return said

    return run


async def test_create_makes_an_account_with_a_random_password(run):
    said = await run("create", "Ann@Example.test", "--admin")

    row = await db.fetch_one("SELECT email, role FROM users")
    assert said.exit_code == 0, said.output
    assert tuple(row) == ("ann@example.test", "admin")
    assert said.output.startswith("Created ann@example.test with the password ")


async def test_create_fails_when_the_account_is_there(run, user):
    said = await run("create", user.email)

    assert said.exit_code == 1
    assert said.stderr.startswith("error: This e-mail address has an account.")


async def test_grant_adds_credits(run, user):
    said = await run("grant", user.email, "12.5")

    assert said.output == f"{user.email} now has 612.50 credits.\n"


@pytest.mark.parametrize("amount", ["0", "-1", "1.005", "Infinity", "1e20"])
async def test_grant_fails_when_the_amount_cannot_be(run, user, amount):
    said = await run("grant", user.email, "--", amount)

    row = await db.fetch_one("SELECT balance FROM credit_accounts")
    assert said.exit_code == 1, said.output
    assert str(row["balance"]) == "600.00"


async def test_grant_is_wrong_usage_when_the_amount_is_no_number(run, user):
    assert (await run("grant", user.email, "much")).exit_code == 2


async def test_grant_fails_when_there_is_no_such_account(run):
    said = await run("grant", "nobody@example.test", "1")

    assert said.exit_code == 1
    assert "no account" in said.stderr


@pytest.mark.slow
def test_create_starts_the_embedded_database_when_nothing_runs(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REELSCRIBE_")}
    argv = [sys.executable, "-m", "reelscribe", "users", "create", "ann@example.test"]

    done = subprocess.run(
        argv, env=kept | {"REELSCRIBE_HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert done.stdout.startswith("Created ann@example.test"), done.stderr
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
