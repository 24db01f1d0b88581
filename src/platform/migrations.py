"""Bring the schema up to date, once, however many processes start at the same moment."""

from __future__ import annotations

import contextlib
import io
import os

from piccolo.apps.migrations.commands.forwards import run_forwards

from .db import DB, fetch
from .errors import Misconfigured
from .resources import data_path

# Any fixed number; Piccolo itself takes no lock and concurrent runs would collide.
_LOCK = 7_305_164_021


async def apply() -> None:
    """Run the migrations that have not run yet, each in a transaction of its own.

    Raises:
        Misconfigured: a migration failed; nothing of it remains.
    """
    os.environ.setdefault("PICCOLO_CONF", "reelscribe.piccolo_conf")
    lock = await DB.get_new_connection()
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", _LOCK)
        with contextlib.redirect_stdout(io.StringIO()) as said:
            result = await run_forwards("reelscribe")
        if not result.success:
            raise Misconfigured(f"The database could not be migrated: {said.getvalue().strip()}")
    finally:
        await lock.close()


async def pending() -> bool:
    """Return whether the schema is older than this program."""
    known = {path.name[:4] for path in data_path("migrations").glob("[0-9]*.py")}
    if not await fetch("SELECT 1 FROM information_schema.tables WHERE table_name = 'migration'"):
        return True
    ran = await fetch("SELECT name FROM migration WHERE app_name = 'reelscribe'")
    return not known <= {row["name"] for row in ran}
