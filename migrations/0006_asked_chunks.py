"""What was asked for when a stage was cut into pieces."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from reelscribe.platform.db import run_script

ID = "0006"
DESCRIPTION = "What the pieces of a stage were asked to be"

SQL = """
ALTER TABLE stage_chunks ADD COLUMN asked text DEFAULT '' NOT NULL;
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="reelscribe", description=DESCRIPTION)
    manager.add_raw(_create)
    return manager


async def _create():
    await run_script(SQL)
