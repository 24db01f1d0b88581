"""A note that an engine keeps from one attempt at a stage to the next."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0022"
DESCRIPTION = "Notes of engines whose work goes on elsewhere"

SQL = """
ALTER TABLE stages ADD COLUMN note text;
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)
